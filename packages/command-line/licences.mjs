// What the libraries in a bundle ask of whoever passes it on: their notices, in the form of Debian's copyright file.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Short names of npm (SPDX) that may be bundled, as Debian calls them: all of them are in main, and allow what MIT allows. */
const names = new Map([
  ['0BSD', '0BSD'],
  ['Apache-2.0', 'Apache-2.0'],
  ['BSD-2-Clause', 'BSD-2-clause'],
  ['BSD-3-Clause', 'BSD-3-clause'],
  ['ISC', 'ISC'],
  ['MIT', 'Expat'],
  ['MIT-0', 'MIT-0'],
]);

/** The directories of the libraries that have left something in the outputs of these esbuild metafiles. */
export function bundledLibraries(metafiles) {
  const inputs = metafiles
    .flatMap(({ outputs }) => Object.values(outputs))
    .flatMap((one) => Object.entries(one.inputs));
  const files = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
  const directories = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(directories.filter((directory) => directory !== undefined))];
}

/** A paragraph for each library, by name. Throws where a licence is missing, or none that is known here. */
export function noticesOf(directories) {
  return [...new Set(directories.map(notice))].sort().join('\n');
}

function notice(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const short = names.get(license);
  if (short === undefined)
    throw new Error(`${name} ${version}: licence ${license}: not one of those that may be bundled`);
  const file = readdirSync(directory).find((entry) => /^licen[cs]e(?:-mit)?(?:\.(?:md|txt))?$/i.test(entry));
  if (file === undefined) throw new Error(`${name} ${version}: no licence file`);
  const lines = readFileSync(join(directory, file), 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
  const holders = lines.flatMap(
    (line) => /^\s*Copyright (?:\([cC]\) |© )?((?:\d{4}|[A-Z]).*)/.exec(line)?.[1] ?? [],
  );
  if (holders.length === 0)
    throw new Error(`${name} ${version}: ${file}: no line says who holds the copyright`);
  const text = lines.map((line) => ` ${line || '.'}`).join('\n');
  return `Files: node_modules/${name}/*
Copyright: ${holders.join('\n ')}
License: ${short}
${text}
Comment: ${name} ${version}
`;
}
