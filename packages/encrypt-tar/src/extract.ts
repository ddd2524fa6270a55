import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Writable } from 'node:stream';
import { type Call, failure, reason, runPipeline, usageError, withScratch } from 'command-line';
import { fromText } from 'path-stream';
import type { Opening } from 'sealed-file';
import { choose, type PartChoice } from './choice.ts';
import { absoluteName, entryOf } from './entry.ts';
import { endOfArchive, type Passage, passMembers } from './filter.ts';
import { archiveOperands } from './list.ts';
import { MembersDigest } from './members.ts';
import type { command } from './options.ts';
import { placeTree } from './place.ts';
import { ArchiveProgress } from './progress.ts';
import { extractStage } from './tar.ts';
import { TarRun, tellRemark } from './tar-run.ts';
import type { Header } from './tar-stream.ts';
import { readWanted, type Wanted } from './wanted.ts';

type ExtractCall = Call<(typeof command)['options']>;

/** An archive, and which of its members are to be unpacked. */
interface Source {
  readonly archive: string;
  readonly decide: (header: Header, place: number) => Passage;
  /** What it must be the archive of. */
  readonly choice?: PartChoice;
}

/**
 * Unpacks archives, in order, into a hidden directory inside the target, which only root may enter, and moves what
 * is in it into place after every decryptor has ended well. When one fails, nothing of it is left.
 */
export async function extractArchives(call: ExtractCall, opening: Opening): Promise<void> {
  const { to, select, overwrite } = call.options;
  if (to === undefined) throw usageError('--extract', 'no target given', 'give --to DIR');
  await mkdir(to, { recursive: true }).catch((error: unknown) => {
    throw failure(to, reason(error));
  });
  await withScratch(to, '.encrypt-tar', call.report, async (scratch) => {
    const tree = join(scratch, 'tree');
    await mkdir(tree, { mode: 0o755 });
    const wanted = select === undefined ? undefined : await readWanted(call, select);
    await unpack(call, await sourcesOf(call, opening, wanted), opening, tree);
    wanted?.tellMissing(call.report);
    await placeTree(fromText(tree), fromText(to), overwrite, call.report);
  });
}

/** Of a directory, what is alive in it; of archives that are named, all that they have. */
async function sourcesOf(call: ExtractCall, opening: Opening, wanted: Wanted | undefined): Promise<Source[]> {
  const { directory } = call.options;
  if (directory === undefined)
    return archiveOperands(call).map((archive) => ({
      archive,
      decide: ({ path }) => ({ pass: wanted?.takes(absoluteName(path)) ?? true }),
    }));
  if (call.operands.length > 0) throw usageError('-d', 'cannot be combined with archives');
  const choices = await choose(directory, opening, wanted);
  return choices.map((choice) => ({
    archive: choice.part.archive,
    decide: (_, place) => choice.decide(place),
    choice,
  }));
}

/** One tar takes the members of all archives: so it sets the times of directories when everything is in them. */
async function unpack(
  { report, options }: ExtractCall,
  sources: readonly Source[],
  opening: Opening,
  tree: string,
): Promise<void> {
  const run = new TarRun(report);
  const progress = new ArchiveProgress(sources.map(({ archive }) => archive));
  const feed = async (stdin: Writable): Promise<void> => {
    for (const { archive, decide, choice } of sources) {
      const members = new MembersDigest();
      const counted: Source['decide'] = (header, place) => {
        members.add(entryOf(header, undefined, archive));
        return progress.member(decide(header, place));
      };
      await passMembers(archive, opening, stdin, counted, (bytes) => progress.bytes(bytes));
      // Members were chosen by their place: in another archive those are others.
      if (choice !== undefined && members.end() !== choice.members) throw notOfOnePart(choice);
      progress.opened(archive);
    }
    stdin.write(endOfArchive);
  };
  await report.during(
    () => progress.text(),
    () => runPipeline([extractStage(tree, options.owners === 'name', run)], { input: feed }),
  );
  for (const [path, remark] of await run.finish()) tellRemark(path, remark, report);
}

function notOfOnePart({ part }: PartChoice): Error {
  return failure(
    part.archive,
    `not of one part with ${basename(part.index)}: its members are others`,
    '--check names them',
  );
}
