import type { RunReport } from '../../src/report/run-report.ts';

/** The report of a run that went well; `changes` are made to it. */
export function aRun(changes: Partial<RunReport> = {}): RunReport {
  const one = { count: 3, newCount: 1, bytes: 4096 };
  const group = {
    ...{ directory: '/srv/app/', ...one, owners: ['root'], rule: '/srv/app/' },
    ...{ newest: '2026-11-25T00:00:00.000Z', oldest: '2026-11-01T00:00:00.000Z' },
    files: [{ name: 'set', size: 4, owner: 'root', mtime: '2026-11-25T00:00:00.000Z' }],
  };
  return {
    ...{ format: 'hcoop-backup run 1', version: '0.1.0', host: 'shelob.example.org', date: '2026-11-26' },
    ...{ started: '2026-11-26T03:00:00.000Z', finished: '2026-11-26T03:10:00.500Z', seconds: 600.5 },
    ...{
      sequence: 12,
      status: 'ok',
      exitCode: 0,
      published: '/srv/backup/staging/2026-11-26',
      movedOver: false,
    },
    ...{ failure: null, losses: { count: 0, first: [] } },
    components: {
      files: { status: 'ok', paths: 1000, bytes: 5_000_000_000, newBytes: 1_000_000, seconds: 500.1 },
      databases: { status: 'ok', bytes: 2000, newBytes: 2000, seconds: 3 },
      volumes: { status: 'skipped', reason: 'not configured', bytes: 0, newBytes: 0, seconds: 0 },
    },
    annoying: { ...one, groups: [group], others: { groups: 0, count: 0 } },
    ...{ coverage: { stored: 1000 }, dropped: { paths: 2, bytes: 20 }, undumped: ['redis:///'], doubts: [] },
    last: { pull: '2026-11-25T10:00:00.000Z', receipt: '2026-11-25T11:00:00.000Z', drill: null },
    ...changes,
  };
}

/** One that has given nothing out. */
export function aFailure(changes: Partial<RunReport> = {}): RunReport {
  return aRun({
    ...{ status: 'failed', exitCode: 2, published: null, sequence: null, components: {} },
    ...{ started: '2026-11-27T03:00:00.000Z', finished: '2026-11-27T03:00:10.000Z', seconds: 10 },
    failure: { what: '/srv/backup/staging', why: 'no space left on device', hint: 'make room' },
    ...changes,
  });
}
