import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The record of a run, as hcoop-backup keeps it; the fields that a test looks at. */
export interface SampleRun {
  readonly started: string;
  readonly date: string;
  readonly status: 'ok' | 'incomplete' | 'failed';
  readonly [field: string]: unknown;
}

const day = 86_400_000;

/** So many runs, every third day up to `end`, in which everything grows; `change` makes some of them special. */
export function sampleRuns(
  number: number,
  end: string,
  change: (run: SampleRun, at: number) => Partial<SampleRun> = () => ({}),
): SampleRun[] {
  return Array.from({ length: number }, (_, at) => {
    const started = new Date(Date.parse(end) - (number - 1 - at) * 3 * day).toISOString();
    const run = sampleRun(started, at);
    return { ...run, ...change(run, at) };
  });
}

function sampleRun(started: string, at: number): SampleRun {
  const wave = 1 + 0.3 * Math.sin(at / 3) ** 2;
  const components = {
    files: component(180_000, 4.1e9 + at * 2e7, 6e7 * wave, 300 * wave),
    system: component(9000, 4e7, at % 5 === 0 ? 4e7 : 0, 9),
    volumes: component(undefined, 9e10 + at * 4e8, 1.2e9 * wave, 4000 * wave),
    databases: component(undefined, 8e8 * wave, 8e8 * wave, 75 * wave),
    spamd: { status: 'skipped', reason: 'not configured', bytes: 0, newBytes: 0, seconds: 0 },
  };
  return {
    format: 'hcoop-backup run 1',
    version: '0.1.0',
    host: 'example',
    date: started.slice(0, 10),
    sequence: at + 1,
    started,
    finished: new Date(Date.parse(started) + 4_700_000).toISOString(),
    seconds: 4700,
    status: 'ok',
    exitCode: 0,
    published: `/srv/backup/staging/${started.slice(0, 10)}`,
    movedOver: false,
    failure: null,
    losses: { count: 0, first: [] },
    components,
    annoying: { count: 0, bytes: 0, newCount: 0, groups: [], others: { groups: 0, count: 0 } },
    coverage: { stored: 180_000 },
    dropped: { paths: 0, bytes: 0 },
    undumped: [],
    doubts: [],
    last: { pull: started, receipt: started, drill: null },
  };
}

function component(paths: number | undefined, bytes: number, newBytes: number, seconds: number) {
  const measures = { bytes: Math.round(bytes), newBytes: Math.round(newBytes), seconds };
  return { status: 'ok', ...(paths === undefined ? {} : { paths }), ...measures };
}

/** What a run is that failed before it had made anything. */
export const failedRun: Partial<SampleRun> = {
  status: 'failed',
  exitCode: 2,
  sequence: null,
  published: null,
  components: {},
  failure: {
    what: '/srv/backup/staging',
    why: 'no space left on device',
    hint: 'make room, or set keep to fewer dates',
  },
};

/** A run in which a component lacks something. */
export function incompleteRun({ components }: SampleRun): Partial<SampleRun> {
  const volumes = {
    status: 'incomplete',
    reason: '2 of 311 volumes',
    bytes: 9.1e10,
    newBytes: 1e9,
    seconds: 3900,
  };
  const loss = (name: string) => ({
    what: `user.${name}`,
    why: 'the volume is busy',
    hint: 'wait for the next run, or look at it with vos examine',
  });
  return {
    status: 'incomplete',
    exitCode: 1,
    components: { ...(components as object), volumes },
    losses: { count: 7, first: ['anna', 'bo', 'cy', 'dee', 'eve', 'flo', 'gus'].map(loss) },
    doubts: ['databases: 12.1 MB sealed, and it was 900 MB to 1.1 GB in the 20 runs before'],
    undumped: ['mysql:///run/mysqld/mysqld.sock'],
    dropped: { paths: 1234, bytes: 5.6e9 },
  };
}

/** Files that nobody has classified, in so many directories whose names begin as given. */
export function annoying(directories: number, name = '/srv/app-', file = 'state.db') {
  const groups = Array.from({ length: directories }, (_, at) => ({
    directory: `${name}${at}/`,
    count: 3 + ((at * 7) % 40),
    newCount: at < 3 ? 2 : 0,
    bytes: Math.round(4e9 / (at + 1)),
    owners: ['root', 'www-data'],
    newest: '2026-11-25T10:00:00.000Z',
    oldest: '2024-02-01T10:00:00.000Z',
    files:
      at < 3 ? [{ name: file, size: 123_456, owner: 'www-data', mtime: '2026-11-25T10:00:00.000Z' }] : [],
    rule: `${name}${at}/`,
    word: `${name}${at}/`,
  }));
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  return {
    count: count + 17,
    bytes: groups.reduce((sum, { bytes }) => sum + bytes, 0),
    newCount: 2 * Math.min(3, directories),
    groups,
    others: { groups: 4, count: 17 },
  };
}

/** Lays runs down as the only ones that a host remembers. */
export function layRuns(state: string, runs: readonly SampleRun[]): void {
  const directory = join(state, 'runs');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const run of runs) writeFileSync(join(directory, `${run.started}.json`), JSON.stringify(run));
}
