import type { Machine } from './machine.ts';

/** What dpkg puts beside a conffile that is not the package's: dpkg(1), --force-confold. */
const suffix = '.dpkg-dist';

/**
 * Installs packages where conffiles may be there already, as after a run that ended early, and takes away the copies that
 * dpkg puts beside them. Those that were there before stay.
 */
export async function withoutCopies(machine: Machine, install: () => Promise<void>): Promise<void> {
  const before = new Set(await copies(machine));
  try {
    await install();
  } finally {
    const made = (await copies(machine)).filter((path) => !before.has(path));
    await machine.filter('xargs', ['-0', '-r', 'rm', '-f', '--'], made.map((path) => `${path}\0`).join(''));
  }
}

async function copies(machine: Machine): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills it in
  const conffiles = (await machine.capture('dpkg-query', ['-W', '-f', '${Conffiles}\n'])).split('\n');
  const places = conffiles.flatMap((line) => /^ (\/.*) [0-9a-f]{32}/.exec(line)?.[1] ?? []);
  const names = places.map((path) => `${path}${suffix}\0`).join('');
  if (names === '') return [];
  // Those that are not there are errors for find(1): they are most of them.
  const found = await machine.filter(
    'find',
    ['-files0-from', '-', '-maxdepth', '0', '-print0'],
    names,
    (exitCode) => exitCode <= 1,
  );
  return found.split('\0').slice(0, -1);
}
