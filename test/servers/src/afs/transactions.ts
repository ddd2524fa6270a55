import type { Programs } from './programs.ts';

/** What the volume server does with a volume, or still means to do. */
export interface Transaction {
  readonly id: string;
  readonly volume: number;
  /** Such as Dump. */
  readonly procedure: string;
}

/** The transactions of the volume server, as vos status tells them. */
export interface Transactions {
  transactions(): Promise<Transaction[]>;
  /** Ends those of a volume. One in which data is on its way to a client that is gone lasts until the server notices. */
  endTransactions(volume: number): Promise<void>;
}

export function transactionsOf({ vos }: Programs): Transactions {
  const transactions = async (): Promise<Transaction[]> => {
    const blocks = (await vos('status', 'afs1')).split(/^-+$/m);
    const block = /^transaction: (\d+) .*^volume: (\d+) .*procedure: (\S*)/ms;
    return blocks.flatMap((text) => {
      const [, id, volume, procedure = ''] = block.exec(text) ?? [];
      return id === undefined ? [] : [{ id, volume: Number(volume), procedure }];
    });
  };
  return {
    transactions,
    endTransactions: async (volume) => {
      for (const one of await transactions())
        if (one.volume === volume) await vos('endtrans', 'afs1', one.id);
    },
  };
}
