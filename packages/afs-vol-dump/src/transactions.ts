/** A transaction on a volume server: while it is there, the volume is busy. */
export interface Transaction {
  readonly number: number;
  readonly volume: number;
}

/** Reads what `vos status` prints. */
export function parseTransactions(text: string): Transaction[] {
  const blocks = text.split(/^transaction: /m).slice(1);
  return blocks.flatMap((block) => {
    const number = /^(\d+)/.exec(block)?.[1];
    const volume = /^volume: (\d+)/m.exec(block)?.[1];
    return number === undefined || volume === undefined
      ? []
      : [{ number: Number(number), volume: Number(volume) }];
  });
}
