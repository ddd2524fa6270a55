import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildDebianRoot,
  builtCommand,
  type DebianRelease,
  debianRoot,
  inMountNamespace,
  node,
  run,
  temporaryDirectory,
} from 'test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { conffiles, intactFiles } from './selection/owned.ts';
import { demands, mistakes, printed } from './selection/records.ts';

const orphans = builtCommand('dpkg-orphans');
const changes = join(import.meta.dirname, 'selection/administrator.sh');
const mounts = join(import.meta.dirname, 'selection/mounts.sh');
const releases: readonly DebianRelease[] = process.env.HCOOP_TEST_ALL ? ['bookworm', 'trixie'] : ['bookworm'];
const buildTime = 1_800_000;

describe.each(releases)('on a server with %s', (release) => {
  beforeAll(() => buildDebianRoot(release, 'server'), buildTime);

  test('what administrators change is kept, and what Debian has is not', async () => {
    const root = debianRoot(release, 'server');
    const made = await run(['bash', changes, root]);
    expect(made.code, made.stderr.slice(-2000)).toBe(0);
    const wanted = demands(made.stdout);
    expect(new Set(wanted.map(({ change }) => change)).size).toBeGreaterThan(50);
    expect(mistakes(wanted, await selection(root))).toEqual([]);
  });

  test('what is mounted is taken once, and only if it is on a disk', async () => {
    const root = debianRoot(release, 'server');
    const records = join(temporaryDirectory(), 'records');
    const script = 'bash "$1" "$2" >"$3"; "$4" "$5" -0 --reasons --root "$2"';
    const made = await run(inMountNamespace(script, mounts, root, records, node, orphans));
    expect(made.code, made.stderr.slice(-2000)).toBe(0);
    expect(mistakes(demands(readFileSync(records)), printed(made.stdout))).toEqual([]);
  });

  test('as it was installed: no intact file of a package, and every conffile', async () => {
    const root = debianRoot(release, 'server');
    const got = await selection(root);
    const intact = intactFiles(root);
    const falsely = got.filter(({ reason, path }) => {
      return /^(orphan|modified|replaced)$/.test(reason) && intact.has(path.replace(/(.)\/$/, '$1'));
    });
    expect(intact.size).toBeGreaterThan(20_000);
    expect(falsely).toEqual([]);
    const configuration = conffiles(root).map((path) => ({ verdict: 'keep', change: 'none', path }));
    expect(configuration.length).toBeGreaterThan(300);
    expect(mistakes(configuration, got)).toEqual([]);
  });
});

async function selection(root: string) {
  const { code, stdout, stderr } = await run([orphans, '-0', '--reasons', '--root', root]);
  expect(code, stderr.slice(-2000)).toBe(0);
  return printed(stdout);
}
