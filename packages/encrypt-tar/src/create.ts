import { type Call, inputPaths, readsStdin, stdoutIsTerminal, usageError, type Wiring } from 'command-line';
import { type BytePath, fromText, PathWriter } from 'path-stream';
import { checkSealing, moveOf, OverToCommand, type Sealing, sealFile, sealTo } from 'sealed-file';
import type { command } from './options.ts';
import { PathProgress } from './progress.ts';
import { sortPaths } from './sorted.ts';
import { lookAt } from './survey.ts';
import { createStage } from './tar.ts';
import { TarRun, tellRemark } from './tar-run.ts';

type CreateCall = Call<(typeof command)['options']>;

/** Packs the call's paths into one archive: `-` is stdout, refused on a terminal. Returns the files made. */
export async function createArchive(
  call: CreateCall,
  output: string | undefined,
  sealing: Sealing,
): Promise<BytePath[]> {
  const { report, options } = call;
  if (output === undefined) throw usageError('output', 'none given', 'give -o FILE, -o - or -d DIR');
  const move = moveOf(options);
  for (const option of ['reuse', 'state'] as const)
    if (options[option] !== undefined)
      throw usageError(`--${option}`, 'not for a single archive', 'give -d DIR');
  if (output === '-' && move) throw usageError('--move-over', 'the archive has no name', 'give -o NAME');
  if (output === '-' && stdoutIsTerminal)
    throw usageError('standard output', 'is a terminal', 'give -o FILE, or pipe the archive on');
  checkSealing(sealing);
  const run = new TarRun(report);
  const stages = [createStage(run)];
  const destination = move && new OverToCommand(move.command, move.prefix);
  if (output === '-') await sealTo(1, sealing, stages, listPaths(call));
  else if (destination) await destination.seal(output, sealing, stages, listPaths(call));
  else await sealFile(output, sealing, stages, listPaths(call));
  for (const [path, remark] of await run.finish()) tellRemark(path, remark, report);
  return output === '-' ? [] : [fromText(destination?.address(output) ?? output)];
}

/** Writes the paths that are there as tar takes them. */
function listPaths(call: CreateCall): Wiring['input'] {
  const { report, options } = call;
  const named = !readsStdin(call);
  const progress = new PathProgress();
  return async (stdin) => {
    const list = new PathWriter(stdin, '\0', () => {});
    await sortPaths(progress.counting(inputPaths(call, options)), report, async (batches) => {
      for await (const batch of batches) {
        for (const path of batch) {
          progress.pass();
          if (lookAt(path, 0, { report, named }) === undefined) continue;
          await list.add(path === '/' ? '.' : path.slice(1));
        }
        report.progress(() => progress.text());
      }
      await list.flush();
    });
  };
}
