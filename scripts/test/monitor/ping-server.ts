import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request that came, with all of its body. */
export interface Received {
  readonly method: string | undefined;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
  readonly type: string | undefined;
}

export interface PingServer {
  /** As `[monitor] ping_url` has it; the path stands for the secret. */
  readonly url: string;
  readonly host: string;
  readonly received: readonly Received[];
}

/** What one request is answered with; `stall` answers nothing, and a promise, once it is kept. */
export type Answer =
  | 'ok'
  | 'stall'
  | 'reset'
  | Promise<void>
  | { status?: number; text?: string; location?: string };

/** Listens on loopback until the test ends, answers as `answers` says (the last of them from then on), and remembers. */
export async function startPingServer(...answers: Answer[]): Promise<PingServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const answer = answers[received.length] ?? answers.at(-1) ?? 'ok';
    const at = received.length;
    void record(request).then((all) => {
      received[at] = all;
      if (answer instanceof Promise) void answer.then(() => give('ok', request, response));
      else give(answer, request, response);
    });
    received.push({ method: request.method, path: '', query: {}, body: '', type: undefined });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}/s3cret`, host, received };
}

async function record(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
  return {
    method: request.method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    body: Buffer.concat(chunks).toString(),
    type: request.headers['content-type'],
  };
}

function give(
  answer: Exclude<Answer, Promise<void>>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (answer === 'stall') return;
  if (answer === 'reset') return void request.socket.resetAndDestroy();
  const { status = 200, text = 'OK', location } = answer === 'ok' ? {} : answer;
  response.writeHead(status, location === undefined ? {} : { location }).end(text);
}
