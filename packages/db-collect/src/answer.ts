import { captureOutput, failure, type Stage } from 'command-line';

/** Has a client ask its server for one JSON value; `limit`: so many seconds at most. */
export async function answerOf(stage: Stage, query: string, limit?: number): Promise<unknown> {
  const stop = limit === undefined ? undefined : AbortSignal.timeout(limit * 1000);
  try {
    const answer = await captureOutput(stage, async (stdin) => void stdin.end(query), stop);
    return JSON.parse(answer.toString());
  } catch (error) {
    const what = stage.name ?? stage.command;
    if (stop?.aborted) throw failure(what, `the server did not answer within ${limit} s`);
    throw error instanceof SyntaxError ? failure(what, 'the answer cannot be understood') : error;
  }
}
