// The build of this package: pages/*.N become dist/man/manN/*, and each command's table becomes dist/completion/*.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { configSchema } from 'hcoop-scripts/settings';
import { commands, scripts } from './commands.ts';
import { bashCompletion } from './completion/bash.ts';
import { fishCompletion } from './completion/fish.ts';
import { zshCompletion } from './completion/zsh.ts';
import { finishPage } from './page.ts';

const all = [...commands, ...scripts];
const schema = JSON.parse(configSchema());

rmSync('dist/man', { recursive: true, force: true });
rmSync('dist/completion', { recursive: true, force: true });
for (const file of readdirSync('pages')) {
  const section = extname(file).slice(1);
  const name = basename(file, `.${section}`);
  // hcoop-backup(7) is about all of them, and hcoop-backup(8) about the script.
  const command = section === '1' || section === '8' ? all.find((each) => each.name === name) : undefined;
  write(`man/man${section}/${file}`, finishPage(readFileSync(join('pages', file), 'utf8'), command, schema));
}
for (const command of all) {
  write(`completion/bash/${command.name}`, bashCompletion(command));
  write(`completion/zsh/_${command.name}`, zshCompletion(command));
  write(`completion/fish/${command.name}.fish`, fishCompletion(command));
}

function write(file: string, text: string): void {
  const path = join('dist', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
