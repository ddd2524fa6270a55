import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { cached } from './debian.ts';
import { node } from './run.ts';

/**
 * A Node that runs in another Debian's root too: this one, unless it is in a library of its own, as Debian's is; then the one
 * that npm has, as scripts/prepare takes it.
 */
export function portableNode(): string {
  const libraries = execFileSync('ldd', [node], { encoding: 'utf8' });
  if (!libraries.includes('libnode.so')) return node;
  const version = '22.23.3';
  const folder = cached(`node_${version}`, (place) => {
    const options = ['--silent', '--no-audit', '--no-fund', '--prefix', place];
    execFileSync('npm', ['install', ...options, `node@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  });
  return join(folder, 'node_modules/node/bin/node');
}
