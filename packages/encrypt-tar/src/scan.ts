import { type Opening, openSealed } from 'sealed-file';
import { TarScanner, type Visitor } from './tar-stream.ts';

/** Scans a sealed archive to its end; after each piece of it, `then` may wait for what that has brought to be dealt with. */
export async function scanSealed(
  archive: string,
  opening: Opening,
  visitor: Visitor,
  then: () => Promise<void> | undefined,
): Promise<void> {
  const scanner = new TarScanner(visitor, archive);
  await openSealed(archive, opening, [], async (plain) => {
    for await (const piece of plain) {
      scanner.write(piece as Buffer);
      await then();
    }
  });
  scanner.finish(); // last: where the decryptor has failed, that is the cause
}
