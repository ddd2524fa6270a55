import { lstatSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { failure, Pace, type Report, reason } from 'command-line';
import { manifestName } from 'date-tree';
import { digest, signatureSuffix, verifySignature } from 'sealed-file';
import { type Manifest, readManifest } from './manifest.ts';
import { readSums, sumsName } from './sums.ts';

/**
 * Verifies a published date without any key that opens it: the signature over SHA256SUMS, every file's digest, no file
 * missing and none too many, and a manifest that agrees with all of that. Every fault is reported as a loss; what
 * cannot even be read is thrown. Returns the manifest.
 */
export async function verifyDate(
  directory: string,
  signer: string | undefined,
  report: Report,
): Promise<Manifest> {
  // A pulled date is not trusted: a fifo in the place of a file would be waited for.
  for (const name of [sumsName, sumsName + signatureSuffix, manifestName])
    if (lstatSync(join(directory, name), { throwIfNoEntry: false })?.isFile() !== true)
      throw failure(join(directory, name), 'missing, or not a regular file');
  const sums = readSums(directory);
  const fingerprint = await verifySignature(join(directory, sumsName), signer, 'hcoop-backup');
  if (signer === undefined)
    report.note(
      directory,
      `signed by ${fingerprint}, which nothing here vouches for: compare it, or give --signer`,
    );
  await verifyFiles(directory, sums, report);
  const manifest = readManifest(directory);
  verifyManifest(directory, manifest, sums, report);
  return manifest;
}

/** Names what was lost already when the date was made: losses as well. */
export function nameIncomplete(directory: string, components: Manifest['components'], report: Report): void {
  for (const [name, { status, reason }] of Object.entries(components))
    if (status === 'incomplete' || status === 'failed')
      report.loss(`${directory}: ${name}`, `${status} when it was made: ${reason}`);
}

async function verifyFiles(
  directory: string,
  sums: ReadonlyMap<string, string>,
  report: Report,
): Promise<void> {
  const present = new Set(filesBelow(directory, '', report));
  const pace = new Pace();
  const sizeOf = (path: string): number =>
    lstatSync(join(directory, path), { throwIfNoEntry: false })?.size ?? 0;
  const all = [...present].reduce((sum, path) => sum + sizeOf(path), 0);
  let [paths, bytes] = [0, 0];
  for (const [path, expected] of sums) {
    if (!present.delete(path)) report.loss(join(directory, path), 'missing');
    else {
      report.progress(() => pace.text({ paths, ofPaths: sums.size, bytes, share: bytes / all }));
      paths += 1;
      bytes += sizeOf(path);
      const found = await digest(join(directory, path)).catch((error: unknown) => reason(error));
      if (typeof found === 'string') report.loss(join(directory, path), found);
      else if (found.sha256 !== expected)
        report.loss(join(directory, path), 'its content is not what was signed');
    }
  }
  present.delete(sumsName);
  present.delete(sumsName + signatureSuffix);
  for (const path of present) report.loss(join(directory, path), 'not part of what was signed');
}

/** The regular files below a directory, relative to it. Anything else in a date is a fault. */
function filesBelow(directory: string, prefix: string, report: Report): string[] {
  return readdirSync(join(directory, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix + entry.name;
    if (entry.isDirectory()) return filesBelow(directory, `${path}/`, report);
    if (entry.isFile()) return [path];
    report.loss(join(directory, path), 'neither a file nor a directory');
    return [];
  });
}

function verifyManifest(
  directory: string,
  manifest: Manifest,
  sums: ReadonlyMap<string, string>,
  report: Report,
): void {
  const name = join(directory, manifestName);
  const directoryName = basename(resolve(directory));
  if (!sums.has(manifestName)) report.loss(name, 'not in SHA256SUMS');
  if (directoryName !== manifest.date)
    report.loss(name, `it is of ${manifest.date}: an older date passed off as ${directoryName}?`);
  const listed = Object.values(manifest.components).flatMap((component) => component.files);
  for (const { path, sha256, size } of listed) {
    if (sums.get(path) !== sha256) report.loss(name, `${path} is not the file in SHA256SUMS`);
    else if (lstatSync(join(directory, path), { throwIfNoEntry: false })?.size !== size)
      report.loss(name, `${path} is not of the size it names`);
  }
}
