/** The name between two places of a buffer, with a slash before it. One object serves all names: there are millions. */
export interface Name {
  bytes: Buffer;
  from: number;
  to: number;
  isDirectory: boolean;
  /** A bit for each of its bytes, see `letterOf`: what has not all the letters of a glob need not be tried. */
  letters: number;
}

/** The bit of a byte, which it shares with others: one of 32, by its last five bits. */
export function letterOf(byte: number): number {
  return 1 << byte;
}

/** The name as text, for a look into a table. */
export function textOf({ bytes, from, to }: Name): string {
  return bytes.toString('latin1', from, to);
}
