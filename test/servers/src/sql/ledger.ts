/** What a writer has written: consistent where a snapshot has all of some transactions, and nothing of later ones. */
export interface Ledger {
  /** How many transactions there have been. */
  readonly moves: number;
  /** How many the accounts have counted. */
  readonly counted: number;
  /** The number of the last one. */
  readonly last: number;
  /** The sum of both tables: it stays as it is. */
  readonly money: number;
  /** What the second table got, less what was logged: nothing. */
  readonly moved: number;
  readonly isConsistent: boolean;
}

/** A client that commits transactions until it is stopped. */
export interface Writer {
  /** What the server has now. */
  ledger(): Promise<Ledger>;
  /** Ends it; what it has written. */
  stop(): Promise<Ledger>;
}

/** Judges what has been read. */
export function consistent(read: Omit<Ledger, 'isConsistent'>): Ledger {
  const { moves, counted, last, money, moved } = read;
  return { ...read, isConsistent: moves === counted && moves === last && money === 20_000 && moved === 0 };
}
