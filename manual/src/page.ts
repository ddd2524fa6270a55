import { type AnyCommand, commands, scripts } from './commands.ts';
import { keysSource, type Schema } from './configuration.ts';
import { prose } from './mdoc.ts';
import { examplesSource, exitStatusSource, optionsSource } from './sections.ts';
import { synopsisSource } from './synopsis.ts';

/** What a directive of a page is replaced by. */
type Directive = (command: AnyCommand, schema: Schema) => string;

const directives: Readonly<Record<string, Directive>> = {
  name: ({ name, summary }) => `.Nm ${name}\n.Nd ${prose(summary)}`,
  synopsis: synopsisSource,
  options: optionsSource,
  'exit-status': exitStatusSource,
  examples: examplesSource,
  keys: (_, schema) => keysSource(schema),
  commands: () => overview(commands, 1),
  scripts: () => overview(scripts, 8),
};

/**
 * The finished page: each line `.\" @NAME` gives way to what is made from the table of the page's command, or from the
 * configuration's schema. Throws where a page asks for something that there is not.
 */
export function finishPage(text: string, command: AnyCommand | undefined, schema: Schema): string {
  return text.replaceAll(/^\.\\" @(.*)$/gm, (_, name: string) => {
    const directive = directives[name];
    if (directive === undefined) throw new Error(`unknown directive: @${name}`);
    return directive(command ?? noCommand(name), schema);
  });
}

/** Stands in for the command of a page that has none: only the directives that need none work with it. */
function noCommand(directive: string): AnyCommand {
  if (!['keys', 'commands', 'scripts'].includes(directive))
    throw new Error(`@${directive} on a page of no command`);
  return { name: '', summary: '', synopsis: [], options: {}, examples: [] };
}

function overview(all: readonly AnyCommand[], section: number): string {
  const items = all.map(({ name, summary }) => `.It Xr ${name} ${section}\n${prose(summary)}`);
  return ['.Bl -tag -width Ds', ...items, '.El'].join('\n');
}
