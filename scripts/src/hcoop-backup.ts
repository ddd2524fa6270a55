import { outputPaths, runCommand, setSearchPath, systemPath, usageError } from 'command-line';
import { fromText } from 'path-stream';
import { command, override } from './backup-options.ts';
import { runComponent, skipped } from './components/component.ts';
import { packFiles, selectFiles } from './components/files.ts';
import { sealingOptions } from './components/sealing-options.ts';
import { packSystem } from './components/system.ts';
import { describeDate, publishDate } from './date/publish.ts';
import { Staging } from './date/staging.ts';
import { dateToPublish } from './date/today.ts';
import { writeDryRun } from './dry-run.ts';
import { lockState } from './lock.ts';
import { configSchema, loadSettings } from './settings/load.ts';
import { summarize } from './summary.ts';

runCommand(command, async (call) => {
  const { options, operands, report } = call;
  if (operands.length > 0) throw usageError('operands', 'none are taken', 'give --root DIR for each tree');
  setSearchPath(systemPath);
  if (options['config-schema']) return void call.stdout.write(configSchema());
  const settings = override(loadSettings(options.config), options);
  if (options['check-config']) return report.note('configuration', 'no mistakes found');
  const date = dateToPublish(options.date);

  await lockState(settings.state);
  if (options['dry-run']) return writeDryRun(call, await selectFiles(settings, report));
  sealingOptions(settings); // no recipient is found out before the work, not after

  const started = new Date();
  const staging = new Staging(settings.staging);
  await staging.prepare();
  const published = await staging.build(async (place) => {
    const selection = await selectFiles(settings, report);
    const files = await runComponent('files', place, report, (directory) =>
      packFiles(settings, selection, directory, report),
    );
    const system = settings.system.enabled
      ? await runComponent('system', place, report, (directory) => packSystem(settings, directory, report))
      : skipped('disabled');
    const components = { files, system };
    const manifest = await describeDate({ settings, staging, place, date, started, report, components });
    const directory = await publishDate(settings, staging, place, manifest, report);
    summarize(manifest, selection, directory, report);
    return directory;
  });
  const output = outputPaths(call, options);
  await output.add(fromText(`${published}/`));
  await output.flush();
});
