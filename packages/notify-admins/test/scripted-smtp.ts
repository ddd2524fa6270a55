import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What the server does at a step: says this, says nothing for ever, or goes away. */
export type Reply = string | 'stall' | 'die' | 'reset';

/** A step without a reply goes well. `end` is the one after the dot; `after` comes when that has been answered. */
export type Script = Partial<
  Record<
    'greeting' | 'ehlo' | 'mail' | 'rcpt' | 'data' | 'end' | 'after' | 'quit',
    Reply | ((line: string) => Reply)
  >
>;

const usual = {
  greeting: '220 scripted',
  ehlo: '250-scripted\r\n250 SIZE 1000000',
  mail: '250 ok',
  rcpt: '250 ok',
  data: '354 go on',
  end: '250 accepted',
  after: 'stall',
  quit: '221 bye',
} as const;

/** A server that speaks SMTP as a test wants it. */
export interface ScriptedSmtp {
  readonly port: number;
  readonly url: string;
  /** How many have come. */
  connections(): number;
  /** Whether anybody has come to a step. */
  reached(step: keyof Script): boolean;
  /** Whole messages, as they came, whether they were accepted or not. */
  readonly messages: string[];
  /** All lines that were no part of a message. */
  readonly commands: string[];
  /** Says how it goes on, for those who come from now on. */
  follow(script: Script): void;
}

/** Starts one, which ends with the test. Of several scripts the first is for who comes first, and so on; the last for all others. */
export async function startScripted(...scripts: Script[]): Promise<ScriptedSmtp> {
  let queue = scripts;
  let connections = 0;
  const messages: string[] = [];
  const commands: string[] = [];
  const seen = new Set<keyof Script>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    const script = (queue.length > 1 ? queue.shift() : queue[0]) ?? {};
    serve(socket, script, { messages, commands, seen });
  });
  const port = await listen(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const follow = (script: Script): void => {
    queue = [script];
  };
  return {
    reached: (step) => seen.has(step),
    port,
    url: `smtp://127.0.0.1:${port}`,
    connections: () => connections,
    messages,
    commands,
    follow,
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '0.0.0.0', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

const steps: readonly (readonly [RegExp, keyof typeof usual])[] = [
  [/^EHLO/i, 'ehlo'],
  [/^MAIL/i, 'mail'],
  [/^RCPT/i, 'rcpt'],
  [/^DATA/i, 'data'],
  [/^QUIT/i, 'quit'],
];

interface Log {
  readonly messages: string[];
  readonly commands: string[];
  readonly seen: Set<keyof Script>;
}

function serve(socket: Socket, script: Script, { messages, commands, seen }: Log): void {
  let input = '';
  let isData = false;
  const answer = (step: keyof Script, line = ''): void => {
    seen.add(step);
    const given = script[step] ?? usual[step];
    const reply = typeof given === 'function' ? given(line) : given;
    if (reply === 'die') socket.destroy();
    else if (reply === 'reset') socket.resetAndDestroy();
    else if (reply !== 'stall')
      socket.write(`${reply}
`);
    if (step === 'data') isData = reply.startsWith('3');
  };
  socket.on('error', () => {}); // who is killed resets
  socket.setEncoding('latin1');
  answer('greeting');
  socket.on('data', (chunk) => {
    input += String(chunk);
    for (;;) {
      const end = input.indexOf(isData ? '\r\n.\r\n' : '\r\n');
      if (end === -1) return;
      const text = input.slice(0, end);
      input = input.slice(end + (isData ? 5 : 2));
      if (!isData) commands.push(text);
      if (isData) {
        isData = false;
        messages.push(text);
        answer('end');
        if (script.after) socket.end();
      } else {
        const [, step] = steps.find(([pattern]) => pattern.test(text)) ?? [];
        if (step) answer(step, text);
        else socket.write('500 unknown\r\n');
      }
    }
  });
}
