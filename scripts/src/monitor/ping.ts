import { setTimeout as wait } from 'node:timers/promises';
import { failure, interruption, reason, version } from 'command-line';
import { readSmallFile } from 'date-tree';
import { pingUrl, type Settings } from '../settings/schema.ts';

type Monitor = Settings['monitor'];

/** How often one ping is tried, and milliseconds after the first attempt; after the next ones, as many times that. */
const attempts = 3;
const pause = 1000;

/** Milliseconds for a ping of a run that was told to end: the process has three seconds. */
const lastWords = 1000;

/** More of an answer is not read. */
const longestAnswer = 1024;

/** Why a ping was not accepted, and whether another attempt may be. */
interface Refusal {
  readonly why: string;
  readonly again: boolean;
}

/** Where pings go; undefined where nobody wants them. Throws where the file that should say so does not. */
export function pingAddress({ ping_url: url, ping_url_file: file }: Monitor): URL | undefined {
  if (url !== undefined) return new URL(url);
  if (file === undefined) return undefined;
  const text = readSmallFile(file, 4096)?.toString().trim();
  if (text === undefined) throw failure(file, 'no such file');
  const { success, data } = pingUrl.safeParse(text);
  if (!success) throw failure(file, `not ${pingUrl.description}`);
  return new URL(data);
}

/**
 * Sends a signal to a service that speaks as Healthchecks does (healthchecks.io/docs/http_api): `''` for a success, `/start`, or an
 * exit code like `/2`; `id` tells which start belongs to which end. Returns why it was not accepted, without the address, whose path
 * is a secret. Once `enough` is aborted, no further attempt is begun.
 */
export async function ping(
  address: URL,
  { signal, id, body }: { readonly signal: string; readonly id: string; readonly body: string },
  seconds: number,
  enough?: AbortSignal,
): Promise<string | undefined> {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/$/, '')}${signal}`;
  url.searchParams.set('rid', id);
  const stop = enough === undefined ? interruption : AbortSignal.any([interruption, enough]);
  for (let tried = 1; ; tried++) {
    const refusal = await attempt(url, body, seconds);
    if (refusal === undefined) return undefined;
    if (refusal.again && tried < attempts)
      await wait(tried * pause, undefined, { signal: stop }).catch(() => {});
    if (!refusal.again || tried === attempts || stop.aborted)
      return tried === 1 ? refusal.why : `${refusal.why}, ${tried} attempts`;
  }
}

async function attempt(url: URL, body: string, seconds: number): Promise<Refusal | undefined> {
  // Not AbortSignal.timeout() within AbortSignal.any(): Node 20 may collect that as garbage, and nothing ends the wait.
  const ended = new AbortController();
  const interrupted = (): void => ended.abort(new Error('interrupted'));
  const late = (): void => ended.abort(new Error('no answer in time'));
  const timer = setTimeout(late, interruption.aborted ? lastWords : seconds * 1000);
  interruption.addEventListener('abort', interrupted);
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'user-agent': `hcoop-backup/${version}` },
      body,
      redirect: 'manual',
      signal: ended.signal,
    });
    return judge(answer.status, await firstOf(answer));
  } catch (error) {
    return { why: whyNot(error), again: true };
  } finally {
    clearTimeout(timer);
    interruption.removeEventListener('abort', interrupted);
  }
}

/** A check that is not known, or pinged too often, is told of in the text alone: the status is 200 then, too. */
function judge(status: number, text: string): Refusal | undefined {
  if (status >= 300 && status < 400)
    return { why: `answered ${status}: it is elsewhere now, and pings do not follow`, again: false };
  if (status !== 200) return { why: `answered ${status}`, again: status >= 500 || status === 429 };
  const [, but] = /^OK \(([a-z ]+)\)\s*$/.exec(text) ?? [];
  return but === undefined ? undefined : { why: `answered: ${but}`, again: false };
}

/** The beginning of an answer; the rest is not waited for. */
async function firstOf({ body }: Response): Promise<string> {
  let text = '';
  if (body === null) return text;
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length >= longestAnswer) break;
  }
  return text.slice(0, longestAnswer);
}

/** fetch says that it failed, and its cause says why: for a name with several addresses, one cause for each. */
function whyNot(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return whyNot(error.errors[0]);
  if (error instanceof Error && error.cause !== undefined) return whyNot(error.cause);
  return reason(error);
}
