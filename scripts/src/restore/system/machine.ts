import { join } from 'node:path';
import { captureOutput, hasProgram, type Report, runPipeline, type Stage, type Wiring } from 'command-line';
import { escapePath } from 'path-stream';

/** For programs that ask, and for those that would start or restart something. */
const environment = {
  HOME: '/root',
  TMPDIR: '/tmp',
  DEBIAN_FRONTEND: 'noninteractive',
  DEBIAN_PRIORITY: 'critical',
  UCF_FORCE_CONFFOLD: '1',
  APT_LISTCHANGES_FRONTEND: 'none',
  NEEDRESTART_SUSPEND: '1',
};

/** A root that is being made into a machine: where it is, and how programs run in it. */
export class Machine {
  readonly root: string;
  readonly #prefix: readonly string[];
  readonly #report: Report;

  /** `prefix` stands before each command line, so that the command runs in the root. */
  constructor(root: string, prefix: readonly string[], report: Report) {
    this.root = root;
    this.#prefix = prefix;
    this.#report = report;
  }

  /** Where a path of the machine is for this process. What an absolute link leads to is not: run a program in it. */
  at(path: string): string {
    return join(this.root, path);
  }

  /** Whether the machine has a program. */
  has(path: string): boolean {
    return hasProgram(this.at(path));
  }

  /** A program of the machine, run in it. */
  stage(command: string, ...args: readonly string[]): Stage {
    const [first = '', ...rest] = [...this.#prefix, command, ...args];
    return {
      name: command,
      command: first,
      args: rest,
      env: environment,
      // Of apt and dpkg, the lines that tell of an error; the last line is often a summary of them.
      noise: /^(E: Sub-process|Errors were encountered|W: |debconf: )/,
      onMessage: (line) => this.#report.detail(command, escapePath(line)),
    };
  }

  async run(command: string, args: readonly string[], input?: Wiring['input']): Promise<void> {
    await this.capture(command, args, input);
  }

  /** What a program writes to stdout, a byte a character. */
  async capture(command: string, args: readonly string[], input?: Wiring['input']): Promise<string> {
    return (await captureOutput(this.stage(command, ...args), input)).toString('latin1');
  }

  /** Runs a program that reads a list of any length, and hands each line of its output to `take`. */
  async filter(
    command: string,
    args: readonly string[],
    input: string,
    accept: (exitCode: number) => boolean = (exitCode) => exitCode === 0,
  ): Promise<string> {
    const chunks: Buffer[] = [];
    await runPipeline([{ ...this.stage(command, ...args), accept }], {
      input: async (stdin) => void stdin.write(Buffer.from(input, 'latin1')),
      output: async (stdout) => {
        for await (const chunk of stdout) chunks.push(chunk as Buffer);
      },
    });
    return Buffer.concat(chunks).toString('latin1');
  }
}
