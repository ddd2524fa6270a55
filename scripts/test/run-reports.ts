import type { AnnoyingGroup, RunReport } from '../src/report/run-report.ts';

/** A run that went well, in some things different. */
export function aRun(different: Partial<RunReport> = {}): RunReport {
  return {
    format: 'hcoop-backup run 1',
    version: '0.1.0',
    host: 'shelob',
    date: '2026-11-26',
    sequence: 7,
    started: '2026-11-26T03:00:00.000Z',
    finished: '2026-11-26T03:10:00.000Z',
    seconds: 600,
    status: 'ok',
    exitCode: 0,
    published: '/srv/backup/staging/2026-11-26',
    movedOver: false,
    failure: null,
    losses: { count: 0, first: [] },
    components: { files: { status: 'ok', paths: 40_000, bytes: 10e9, newBytes: 0.2e9, seconds: 500 } },
    annoying: { count: 0, bytes: 0, newCount: 0, groups: [], others: { groups: 0, count: 0 } },
    coverage: { intact: 1 },
    dropped: { paths: 0, bytes: 0 },
    undumped: [],
    doubts: [],
    last: { pull: null, receipt: null, drill: null },
    ...different,
  };
}

export function aGroup(different: Partial<AnnoyingGroup> = {}): AnnoyingGroup {
  return {
    directory: '/srv/app/',
    count: 1,
    newCount: 1,
    bytes: 5,
    owners: ['ann'],
    newest: '2026-11-25T03:00:00.000Z',
    oldest: '2026-11-25T03:00:00.000Z',
    files: [{ name: 'run', size: 5, owner: 'ann', mtime: '2026-11-25T03:00:00.000Z' }],
    rule: '/srv/app/',
    word: '/srv/app/',
    ...different,
  };
}

/** The runs of many days, each made from its number. */
export function someRuns(count: number, make: (i: number) => Partial<RunReport>): RunReport[] {
  return Array.from({ length: count }, (_, i) => {
    const started = new Date(Date.UTC(2026, 9, 1 + i)).toISOString();
    return aRun({ started, date: started.slice(0, 10), ...make(i) });
  });
}
