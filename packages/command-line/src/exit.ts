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

/** For `--help` and the man pages. */
export const exitStatusText =
  'Exit status: 0 complete, 1 incomplete (every loss is named), 2 failed, 64 usage, 130/143 signal, 141 reader closed.';
