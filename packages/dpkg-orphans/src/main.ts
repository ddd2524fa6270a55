import { setImmediate } from 'node:timers/promises';
import { runCommand } from 'command-line';
import { storeFile } from 'sealed-file';
import { askAhead, nativeArchitecture } from './apt.ts';
import { Judge } from './candidates.ts';
import { listPackages, readDatabase } from './database.ts';
import { Ledger } from './ledger.ts';
import { Mounts, readMounts } from './mounts.ts';
import { checkOptions, command } from './options.ts';
import { openRoot, startingPoints } from './roots.ts';
import { markOffered, tellUnoffered } from './sources.ts';
import { openCache } from './verified.ts';
import { type Verification, Verifier } from './verify.ts';
import { writeCandidates, writeMissing, writeWalk } from './write.ts';

runCommand(command, async (call) => {
  const { options, operands, report } = call;
  checkOptions(call);
  const root = openRoot(options.root);
  const fromStdin = operands.length === 1 && operands[0] === '-';
  const starts = startingPoints(fromStdin ? [] : operands, root);
  const packages = listPackages(root, report);
  if (options.missing)
    return writeMissing(call, starts, { root, report, tree: readDatabase(root, packages, report).tree });

  const ask = () => askAhead(root, packages, report);
  const early = fromStdin || starts.some(({ path }) => path === '/') ? ask() : undefined;
  await setImmediate(); // apt starts, and works while this process reads
  const database = readDatabase(root, packages, report);
  // Where no package has anything, none needs to be fetched again.
  const isOwned = starts.some(({ path }) => database.tree.find(path) !== undefined);
  const policy = early ?? (isOwned ? ask() : undefined);
  const mounts = new Mounts(readMounts(options['one-file-system']), root, starts);
  const cache = openCache(options.cache, root);
  const mode = options.verify as Verification; // one of its choices
  const verifier =
    mode === 'none' ? undefined : new Verifier({ root, database, mounts, mode, cache, report });
  if (!fromStdin) for (const { path } of starts) await verifier?.lookBelow(path);
  await verifier?.finish();
  const offers = await policy;
  const unoffered = markOffered(database.installed, nativeArchitecture(packages), offers);

  const ledger = new Ledger();
  const { tree } = database;
  const ground = { root, tree, mounts, verified: mode !== 'none', all: options.classes, ledger, report };
  if (fromStdin) await writeCandidates(call, new Judge(ground, verifier));
  else await writeWalk(call, starts, ground);
  if (ledger.has('no-source') && offers !== undefined) tellUnoffered(unoffered, report);
  await cache.save(!fromStdin && starts[0]?.path === '/', report);
  if (options.ledger !== undefined)
    await storeFile(options.ledger, async (handle) => void (await handle.writeFile(ledger.format())));
});
