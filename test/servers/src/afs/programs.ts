import { type Ended, run } from 'test-kit';
import type { Namespaces } from './namespaces.ts';

/** Runs programs as clients of a cell. */
export interface Programs {
  run(...argv: string[]): Promise<Ended>;
  /** What it printed; a failure is thrown. */
  succeed(...argv: string[]): Promise<string>;
  /** vos with the servers' own key. */
  vos(...args: string[]): Promise<string>;
  /** Waits until a program succeeds and prints what is expected: for what is to come within seconds. */
  eventually(expected: RegExp, ...argv: string[]): Promise<void>;
}

const patience = 30_000;

export function programsIn(namespaces: Namespaces): Programs {
  const inside = (...argv: string[]): Promise<Ended> => run(namespaces.client(argv));
  const succeed = async (...argv: string[]): Promise<string> => {
    const ended = await inside(...argv);
    if (ended.code !== 0) throw new Error(describe(argv, ended));
    return ended.stdout.toString();
  };
  return {
    run: inside,
    succeed,
    vos: (...args) => succeed('vos', ...args, '-localauth'),
    eventually: async (expected, ...argv) => {
      const giveUp = Date.now() + patience;
      for (;;) {
        const ended = await inside(...argv);
        if (ended.code === 0 && expected.test(ended.stdout.toString())) return;
        if (Date.now() > giveUp) throw new Error(`not within ${patience} ms: ${describe(argv, ended)}`);
        await new Promise((resolve) => setTimeout(resolve, 20)); // each look is a program
      }
    },
  };
}

function describe(argv: readonly string[], { code, signal, stdout, stderr }: Ended): string {
  return `${argv.join(' ')}: ${code ?? signal}\n${stdout}${stderr}`;
}
