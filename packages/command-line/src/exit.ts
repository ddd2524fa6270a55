/** The exit codes of every command: one table, for the code, the help, the man pages and the tests. */
export const exitCodes = {
  complete: 0,
  /** Everything else was done; every loss is named on stderr. */
  incomplete: 1,
  /** Nothing was produced. */
  failed: 2,
  /** EX_USAGE of sysexits(3): the options, the operands or the configuration are wrong. */
  usage: 64,
  /** What a shell reports of a process that SIGPIPE ended: the reader of stdout has closed. */
  readerClosed: 141,
} as const;

export const interruptSignals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type InterruptSignal = keyof typeof interruptSignals;

/** What the codes mean: in few words for `--help`, in a sentence for the man pages. */
export const exitMeanings: readonly {
  readonly codes: readonly number[];
  readonly short: string;
  readonly text: string;
}[] = [
  { codes: [exitCodes.complete], short: 'complete', text: 'complete' },
  {
    codes: [exitCodes.incomplete],
    short: 'incomplete (every loss is named)',
    text: 'incomplete: everything else was done, and every loss is named on stderr',
  },
  { codes: [exitCodes.failed], short: 'failed', text: 'failed: nothing was produced' },
  { codes: [exitCodes.usage], short: 'usage', text: 'wrong options, operands or configuration' },
  {
    codes: Object.values(interruptSignals),
    short: 'signal',
    text: 'ended by SIGHUP, SIGINT, SIGTERM; children ended and temporary files removed',
  },
  { codes: [exitCodes.readerClosed], short: 'reader closed', text: 'the reader of stdout has closed' },
];

/** For `--help`. */
export const exitStatusText = `Exit status: ${exitMeanings.map(({ codes, short }) => `${codes.join('/')} ${short}`).join(', ')}.`;
