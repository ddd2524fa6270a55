import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { run, start, temporaryDirectory, top } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { formatMetrics } from '../../src/monitor/metrics.ts';
import { type RunReport, runReportSchema } from '../../src/report/run-report.ts';
import { aFailure, aRun } from './a-run.ts';

const rules = join(top, 'scripts/etc/prometheus-rules.yml');

/** The values by name and labels, as they stand in the text. */
function valuesOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => /^(.+) (\S+)$/.exec(line)?.slice(1) as [string, string]));
}

async function expectAccepted(text: string): Promise<void> {
  const judged = await run(['promtool', 'check', 'metrics'], { input: text });
  expect({ ...judged, stdout: judged.stdout.toString() }).toMatchObject({ code: 0, stdout: '', stderr: '' });
}

test('what the tests take for a run is one', () => {
  for (const each of [aRun(), aFailure()]) expect(runReportSchema.parse(each)).toEqual(each);
});

describe('the metrics of a run', () => {
  test('are accepted by promtool without a warning, and have what is to be known', async () => {
    const text = formatMetrics(aRun(), []);
    await expectAccepted(text);
    const success = Date.parse('2026-11-26T03:10:00.500Z') / 1000;
    expect(valuesOf(text)).toEqual({
      'hcoop_backup_info{host="shelob.example.org",version="0.1.0"}': '1',
      hcoop_backup_last_run_timestamp_seconds: `${success}`,
      hcoop_backup_last_success_timestamp_seconds: `${success}`,
      hcoop_backup_last_date_timestamp_seconds: `${success}`,
      hcoop_backup_duration_seconds: '600.5',
      hcoop_backup_exit_code: '0',
      'hcoop_backup_status{status="ok"}': '1',
      'hcoop_backup_status{status="incomplete"}': '0',
      'hcoop_backup_status{status="failed"}': '0',
      hcoop_backup_losses: '0',
      hcoop_backup_doubts: '0',
      hcoop_backup_size_bytes: '5000002000',
      hcoop_backup_new_size_bytes: '1002000',
      hcoop_backup_paths: '1000',
      hcoop_backup_annoying_files: '3',
      hcoop_backup_annoying_size_bytes: '4096',
      hcoop_backup_new_annoying_files: '1',
      hcoop_backup_undumped_databases: '1',
      hcoop_backup_dropped_paths: '2',
      ...Object.fromEntries(
        Object.entries({ files: 'ok', databases: 'ok', volumes: 'skipped' }).flatMap(([component, how]) =>
          ['ok', 'incomplete', 'failed', 'skipped'].map((status) => [
            `hcoop_backup_component_status{component="${component}",status="${status}"}`,
            status === how ? '1' : '0',
          ]),
        ),
      ),
      'hcoop_backup_component_size_bytes{component="files"}': '5000000000',
      'hcoop_backup_component_size_bytes{component="databases"}': '2000',
      'hcoop_backup_component_new_size_bytes{component="files"}': '1000000',
      'hcoop_backup_component_new_size_bytes{component="databases"}': '2000',
      'hcoop_backup_component_paths{component="files"}': '1000',
      'hcoop_backup_component_duration_seconds{component="files"}': '500.1',
      'hcoop_backup_component_duration_seconds{component="databases"}': '3',
      hcoop_backup_last_pull_timestamp_seconds: '1795600800',
      hcoop_backup_last_receipt_timestamp_seconds: '1795604400',
    });
  });

  test('of one that failed have the last success all the same, from the history, and no sizes', async () => {
    const incomplete = aRun({ status: 'incomplete', exitCode: 1, finished: '2026-11-26T20:00:00.000Z' });
    for (const history of [
      [aRun(), incomplete],
      [aRun(), incomplete, aFailure()],
    ]) {
      const text = formatMetrics(aFailure(), history);
      await expectAccepted(text);
      const values = valuesOf(text);
      expect(values).toMatchObject({
        hcoop_backup_last_run_timestamp_seconds: `${Date.parse('2026-11-27T03:00:10.000Z') / 1000}`,
        hcoop_backup_last_success_timestamp_seconds: `${Date.parse('2026-11-26T03:10:00.500Z') / 1000}`,
        hcoop_backup_last_date_timestamp_seconds: `${Date.parse('2026-11-26T20:00:00.000Z') / 1000}`,
        hcoop_backup_exit_code: '2',
        'hcoop_backup_status{status="failed"}': '1',
      });
      for (const absent of ['hcoop_backup_size_bytes', 'hcoop_backup_annoying_files'])
        expect(values).not.toHaveProperty(absent);
    }
  });

  test('of the first one, if it failed, have no success', () => {
    const values = valuesOf(formatMetrics(aFailure(), []));
    expect(values).not.toHaveProperty('hcoop_backup_last_success_timestamp_seconds');
    expect(values).not.toHaveProperty('hcoop_backup_last_date_timestamp_seconds');
  });

  test('of a date that was moved over are those of any date', () => {
    const moved = formatMetrics(aRun({ published: null, movedOver: true }), []);
    expect(moved).toBe(formatMetrics(aRun(), []));
  });

  test('have labels with quotes, backslashes and newlines escaped', () => {
    const text = formatMetrics(aRun({ host: 'a"\\\nb' }), []);
    expect(text).toContain('hcoop_backup_info{host="a\\"\\\\\\nb",version="0.1.0"} 1\n');
  });

  test('are one line each, whatever the names: promtool reads them', async () => {
    const names = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(names, async (hostile) => {
        const component = aRun().components.files as RunReport['components'][string];
        const components = Object.fromEntries(hostile.map((name) => [`x${name}`, component]));
        const text = formatMetrics(aRun({ host: hostile[0] ?? '', components }), []);
        await expectAccepted(text);
        const lines = text
          .split('\n')
          .filter((line) => line.startsWith('hcoop_backup_component_size_bytes{'));
        expect(lines).toHaveLength(Object.keys(components).length);
      }),
      { numRuns: 20, examples: [[['a"} 1\n', 'a\\', 'a\\n', '\r', '\u2028']]] },
    );
  });
});

test("Prometheus's node_exporter reads the file and serves it", async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'hcoop-backup.prom'), formatMetrics(aRun(), []));
  const exporter = start([
    'prometheus-node-exporter',
    ...[
      '--collector.disable-defaults',
      '--collector.textfile',
      `--collector.textfile.directory=${directory}`,
    ],
    '--web.listen-address=127.0.0.1:0',
  ]);
  try {
    const served = await (await fetch(`http://${await addressOf(exporter.child)}/metrics`)).text();
    expect(served).toContain('hcoop_backup_component_status{component="files",status="ok"} 1');
    expect(served).toMatch(/^hcoop_backup_last_success_timestamp_seconds 1\.7956626005e\+09$/m);
    expect(served).toMatch(/^node_textfile_scrape_error 0$/m);
  } finally {
    exporter.child.kill();
    await exporter.ended;
  }
});

/** Where the exporter listens, once it has said so on its stderr. */
function addressOf({ stderr }: ReturnType<typeof start>['child']): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, address] = /"Listening on" address=(\S+:\d+)\s/.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
    stderr?.on('close', () => reject(new Error(said)));
  });
}

describe('the example of alerts', () => {
  test('is accepted by promtool', async () => {
    const judged = await run(['promtool', 'check', 'rules', '--lint-fatal', rules]);
    expect(judged.code, judged.stderr).toBe(0);
    expect(judged.stdout.toString()).toContain('SUCCESS: 9 rules found');
  });

  const quiet = (changes: Partial<RunReport> = {}) => aRun({ undumped: [], ...changes });
  const last = { pull: null, receipt: null, drill: null };
  test.each([
    ['not for a run that went well', [quiet()], 24, []],
    [
      'for one that was not complete',
      [quiet(), quiet({ status: 'incomplete', exitCode: 1 })],
      24,
      ['NotComplete'],
    ],
    ['when there was none for five days', [quiet()], 5 * 24, ['Old']],
    ['when there was none for nine days', [quiet()], 9 * 24, ['LongNotComplete', 'Old']],
    ['when none was ever complete', [aFailure({ undumped: [] })], 5 * 24, ['NeverComplete', 'NotComplete']],
    [
      'when nobody pulls',
      [quiet({ last: { ...last, pull: '2026-11-20T00:00:00.000Z' } })],
      24,
      ['NotPulled'],
    ],
    [
      'when there was no drill',
      [quiet({ last: { ...last, drill: '2026-06-20T00:00:00.000Z' } })],
      24,
      ['NotRehearsed'],
    ],
    ['for a doubt', [quiet({ doubts: ['files is small'] })], 24, ['Doubtful']],
    ['for a server without a dump', [aRun()], 24, ['WithoutDump']],
  ] satisfies [string, RunReport[], number, string[]][])('fires %s', async (_, runs, hours, alerts) => {
    await expectFiring(runs, '+0x400', hours, alerts);
  });

  test('fires when nothing is heard any more', async () => {
    await expectFiring([quiet()], '+0x24 stale', 30, ['Unknown']);
  });
});

/** What fires so many hours after the last of the runs, by promtool's own unit test: its time begins at the end of that run. */
async function expectFiring(
  runs: readonly RunReport[],
  course: string,
  hours: number,
  alerts: readonly string[],
): Promise<void> {
  const current = runs.at(-1) ?? aRun();
  const now = Date.parse(current.finished) / 1000;
  const series = Object.entries(valuesOf(formatMetrics(current, runs))).map(([name, value]) => ({
    series: name.replace(/(?=\})|$/, name.includes('{') ? ',instance="shelob"' : '{instance="shelob"}'),
    values: `${name.endsWith('_timestamp_seconds') ? Number(value) - now : value}${course}`,
  }));
  const firing = {
    ...{ expr: 'count by (alertname) (ALERTS{alertstate="firing"})', eval_time: `${hours}h` },
    exp_samples: alerts.map((name) => ({ labels: `{alertname="Backup${name}"}`, value: 1 })),
  };
  const unit = { interval: '1h', input_series: series, promql_expr_test: [firing] };
  const file = join(temporaryDirectory(), 'unit.yml');
  writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1h', tests: [unit] }));
  const judged = await run(['promtool', 'test', 'rules', file]);
  expect(judged.code, judged.stdout.toString() + judged.stderr).toBe(0);
}
