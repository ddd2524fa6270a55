#!/usr/bin/env node
// Bundles each entry file given into one executable file: src/main.ts to dist/<package>, src/<name>.ts to
// dist/<name>. The file runs wherever it is copied: as a script without imports or exports, with its built-in
// modules taken from process.getBuiltinModule, Node reads it the same as CommonJS and as an ES module,
// whatever a package.json beside it says. dist/copyright has the notices of the libraries in them.
import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { bundledLibraries, noticesOf } from './licences.mjs';

const metafiles = [];

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none', // they are in dist/copyright
  metafile: true,
  define: {
    'import.meta.url': '"file:///"',
    // yargs asks as it is loaded, and the question would make the pipe behind stdout non-blocking.
    'process.stdout.columns': '100',
  },
  logLevel: 'warning',
};

// These are imported when they are needed, not before, and until then they are text in the file: parsing them at each start
// would cost more than all of a small command's own work. (Packages that share nothing with our own code.)
const coldPackages = {
  name: 'cold-packages',
  setup(bundler) {
    bundler.onResolve({ filter: /^(execa|log-update|smol-toml|yargs)$/ }, ({ path, kind, resolveDir }) =>
      kind === 'dynamic-import' ? { path, namespace: 'cold', pluginData: resolveDir } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'cold' }, async ({ path, pluginData }) => {
      // Node's rule for a CommonJS module is that all of it is the default export: so this one is what `default` was.
      const contents = `const all = require('${path}'); module.exports = 'default' in all ? Object.assign(all.default, all) : all;`;
      const stdin = { contents, resolveDir: pluginData };
      const { outputFiles, metafile } = await build({ ...shared, stdin, format: 'cjs', write: false });
      metafiles.push(metafile);
      const text = JSON.stringify(outputFiles[0].text);
      return { contents: `new Function('module', 'require', ${text})(module, require);`, loader: 'js' };
    });
  },
};

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));

for (const entry of process.argv.slice(2)) {
  const stem = basename(entry, '.ts');
  const outfile = `dist/${stem === 'main' ? name : stem}`;
  const { metafile } = await build({
    ...shared,
    entryPoints: [entry],
    outfile,
    format: 'iife',
    define: { ...shared.define, HCOOP_VERSION: JSON.stringify(version) },
    plugins: [coldPackages],
    banner: { js: '#!/usr/bin/env node\nvar require = (id) => process.getBuiltinModule(id);' },
  });
  metafiles.push(metafile);
  await chmod(outfile, 0o755);
}

await writeFile('dist/copyright', noticesOf(bundledLibraries(metafiles)));
