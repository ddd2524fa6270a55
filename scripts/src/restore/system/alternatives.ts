import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installArguments, parseAlternatives } from './alternatives-file.ts';
import { attempt, type Restoration } from './restoration.ts';
import { readBytes } from './root.ts';

const directory = '/var/lib/dpkg/alternatives';

/**
 * Registers the alternatives that packages have not, and says which are chosen, and which by hand: update-alternatives(1),
 * --set-selections. The last step: what is chosen must be there.
 */
export async function restoreAlternatives(restoration: Restoration): Promise<void> {
  const { machine, workshop, lists, report } = restoration;
  const from = machine.at(workshop + directory);
  for (const name of existsSync(from) ? readdirSync(from).sort() : [])
    await attempt(report, `the alternatives of ${name}`, () => registerChoices(restoration, name));
  const selections = readBytes(join(lists, 'alternatives.txt'));
  const args = ['--force', '--set-selections'];
  await attempt(report, 'the chosen alternatives', async () => {
    const said = await machine.filter('update-alternatives', args, selections);
    for (const line of said.split('\n'))
      if (/not updating|unknown|invalid/i.test(line)) report.loss('update-alternatives', line);
  });
}

async function registerChoices({ machine, workshop, report }: Restoration, name: string): Promise<void> {
  const group = parseAlternatives(readBytes(machine.at(`${workshop}${directory}/${name}`)));
  const known = parseAlternatives(readBytes(machine.at(`${directory}/${name}`))).choices;
  for (const choice of group.choices) {
    if (known.some(({ path }) => path === choice.path)) continue;
    // In the machine, for the path may lead through its own links.
    if (!(await isThere(machine, choice.path)))
      report.note(`the alternatives of ${name}`, `${choice.path} is not there, and no choice any more`);
    else await machine.run('update-alternatives', installArguments(name, group, choice));
  }
}

async function isThere(machine: Restoration['machine'], path: string): Promise<boolean> {
  const found = await machine.filter('find', [path, '-maxdepth', '0', '-print0'], '', () => true);
  return found !== '';
}
