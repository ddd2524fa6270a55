import { outputPaths, type Report, runCommand, setSearchPath, systemPath } from 'command-line';
import { clearWork, withBuildingPlace, workDirectory } from 'date-tree';
import { fromText } from 'path-stream';
import { command, override } from './backup-options.ts';
import { type Outcome, runComponent, skipped } from './components/component.ts';
import { packDatabases, unconfiguredServers } from './components/databases.ts';
import { packFiles } from './components/files.ts';
import { runLocked } from './components/locked-paths.ts';
import { sealingOptions } from './components/sealing-options.ts';
import { packSystem } from './components/system.ts';
import { packVolumes } from './components/volumes.ts';
import { keptDates } from './date/kept.ts';
import { nextSequence } from './date/last.ts';
import type { Component } from './date/manifest.ts';
import { moveCommand, moveDate, refuseToMove } from './date/move-date.ts';
import { describeDate, publishDate } from './date/publish.ts';
import { dateToPublish } from './date/today.ts';
import { writeDryRun } from './dry-run.ts';
import { refuseWhenHeld } from './hold.ts';
import { holdState, holdTree } from './lock.ts';
import { manage, openStaging } from './manage.ts';
import { collectAnnoying } from './report/annoying/collect.ts';
import { type Findings, noteUndumped } from './report/findings.ts';
import { withReport } from './report/record.ts';
import { type GivenOut, type Progress, recordRun } from './run-record.ts';
import { listFiles } from './selection/list-files.ts';
import { selectFiles } from './selection/select.ts';
import { configSchema, loadSettings } from './settings/load.ts';
import type { Settings } from './settings/schema.ts';
import { summarize } from './summary.ts';
import { withTemporary } from './temporary.ts';

runCommand(command, async (call) => {
  const { options, operands, report } = call;
  setSearchPath(systemPath);
  if (options['config-schema']) return void call.stdout.write(configSchema());
  const settings = override(loadSettings(options.config), options);
  if (options['check-config']) return report.note('configuration', 'no mistakes found');
  if (operands.length > 0) return manage(call, settings);
  const date = dateToPublish(options.date);

  holdState(settings.state, options['lock-fd']);
  await withTemporary(settings.state, async () => {
    if (options['dry-run']) return writeDryRun(call, await selectFiles(settings, report));
    const { config } = options;
    await withReport({ settings, config, date, report }, async (findings, started) => {
      await openStaging(settings, report);
      const givenOut = await recordRun(settings.staging, report, started, (progress) =>
        backUp(settings, date, progress, report, findings),
      );
      findings.givenOut = givenOut;
      const output = outputPaths(call, options);
      await output.add(fromText(`${givenOut.published ?? givenOut.movedTo}/`));
      await output.flush();
      return givenOut;
    });
  });
});

/** One run, from the selection of files to a date that is published, or moved over. */
async function backUp(
  settings: Settings,
  date: string,
  progress: Progress,
  report: Report,
  findings: Findings,
): Promise<GivenOut> {
  refuseWhenHeld(settings.staging);
  sealingOptions(settings); // no recipient is found out before the work, not after
  refuseToMove(settings, date);
  progress('selection', 0);
  const started = new Date();
  holdTree(workDirectory(settings.staging));
  for (const path of await clearWork(settings.staging))
    report.note(path, 'left: somebody is still pulling it');
  return withBuildingPlace(settings.staging, date, async (place) => {
    const selection = await selectFiles(settings, report);
    const sequence = nextSequence(settings, report);
    Object.assign(findings, { selection, sequence });
    findings.annoying = await collectAnnoying(listFiles(settings), report);
    const run = async (name: string, work: (directory: string) => Promise<Outcome>): Promise<Component> => {
      const noted = async (directory: string): Promise<Outcome> =>
        noteUndumped(findings, await work(directory));
      const component = await runComponent(name, place, report, progress, earlier, noted);
      findings.components[name] = component;
      return component;
    };
    const earlier = { staging: settings.staging, dates: keptDates(settings.staging, report) };
    const files = await run('files', (directory) =>
      packFiles(settings, { date, sequence }, selection, directory, report),
    );
    const system = settings.system.enabled
      ? await run('system', (directory) => packSystem(settings, { date, sequence }, directory, report))
      : skipped('disabled');
    const { afs, databases: collected } = settings;
    const volumes = afs
      ? await run('volumes', (directory) => packVolumes(settings, afs, { date, sequence }, directory, report))
      : skipped('not configured');
    const databases = collected
      ? await run('databases', (directory) =>
          packDatabases(settings, collected, { date, sequence }, directory, report),
        )
      : skipped('not configured');
    const undumped = collected ? [] : await unconfiguredServers(report);
    findings.undumped.push(...undumped);
    const locked = await runLocked(settings, { date, sequence }, run, report);
    const components = { files, system, volumes, databases, ...locked };
    Object.assign(findings.components, components);
    const manifest = await describeDate({ settings, place, date, sequence, started, report, components });
    const command = moveCommand(settings);
    const givenOut = command
      ? { movedTo: await moveDate(settings, command, place, manifest) }
      : { published: await publishDate(settings, place, manifest, report) };
    summarize(manifest, selection, givenOut, report, undumped);
    return givenOut;
  });
}
