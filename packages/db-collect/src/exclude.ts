import { usageError } from 'command-line';
import picomatch from 'picomatch';
import type { Limits } from './item.ts';

/**
 * Tells the names that patterns exclude: `test_*`, or `mariadb:test_*` of that engine alone. A pattern without a slash is compared with
 * what is behind the last one of a name, as for files. A URL is one pattern: of a server that --discover writes.
 */
export function exclusion(patterns: readonly string[]): Limits['isExcluded'] {
  const rules = patterns.map((pattern) => {
    const [, engine, glob = pattern] = /^(?:([a-z]+):(?!\/\/))?(.*)$/s.exec(pattern) ?? [];
    if (glob === '')
      throw usageError('--exclude', `${pattern}: no name in it`, 'give a GLOB, or engine:GLOB');
    return { engine, matches: picomatch(glob, { dot: true, basename: !glob.includes('/') }) };
  });
  return (name, engine) => rules.some((rule) => (rule.engine ?? engine) === engine && rule.matches(name));
}
