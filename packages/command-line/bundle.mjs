#!/usr/bin/env node
// Bundles each entry file given into one executable file: src/main.ts to dist/<package>, src/<name>.ts to
// dist/<name>. The file runs wherever it is copied: as a script without imports or exports, with its built-in
// modules taken from process.getBuiltinModule, Node reads it the same as CommonJS and as an ES module,
// whatever a package.json beside it says.
import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));

for (const entry of process.argv.slice(2)) {
  const stem = basename(entry, '.ts');
  const outfile = `dist/${stem === 'main' ? name : stem}`;
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'iife',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    define: {
      HCOOP_VERSION: JSON.stringify(version),
      'import.meta.url': '"file:///"',
      // yargs asks as it is loaded, and the question would make the pipe behind stdout non-blocking.
      'process.stdout.columns': '100',
    },
    banner: { js: '#!/usr/bin/env node\nvar require = (id) => process.getBuiltinModule(id);' },
    logLevel: 'warning',
  });
  await chmod(outfile, 0o755);
}
