import { readFileSync } from 'node:fs';
import { failure, reason } from 'command-line';
import { z } from 'zod';

/** Every entry that the walk came to, in exactly one class: the classes add up to the walk. */
export const coverageSchema = z
  .strictObject({
    walked: z.int().nonnegative(),
    classes: z.record(z.string().regex(/^[a-z-]+$/), z.int().nonnegative()),
  })
  .refine(({ walked, classes }) => sum(Object.values(classes)) === walked, 'does not add up');

export type Coverage = z.infer<typeof coverageSchema>;

/** What dpkg-orphans --ledger writes. */
const ledgerSchema = z.strictObject({
  ...coverageSchema.shape,
  /** Mount points that were not entered, and where the same is walked. */
  binds: z.array(z.tuple([z.string(), z.string()])),
});

export type Ledger = z.infer<typeof ledgerSchema>;

export function readLedger(file: string): Ledger {
  try {
    return ledgerSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw failure(file, error instanceof z.ZodError ? (error.issues[0]?.message ?? '') : reason(error));
  }
}

/** The same after rules took some of each class out: those are in a class of their own. */
export function withExcluded(ledger: Ledger, excluded: ReadonlyMap<string, number>): Coverage {
  const classes: Record<string, number> = {};
  for (const [name, count] of Object.entries(ledger.classes))
    classes[name] = count - (excluded.get(name) ?? 0);
  return coverageSchema.parse({
    walked: ledger.walked,
    classes: { ...classes, excluded: sum([...excluded.values()]) },
  });
}

/** For a person: `38039 entries: 32069 intact, 4605 orphan, …`, the largest first. */
export function describeCoverage({ walked, classes }: Coverage): string {
  const sorted = Object.entries(classes).filter(([, count]) => count > 0);
  sorted.sort(([, a], [, b]) => b - a);
  return `${walked} entries: ${sorted.map(([name, count]) => `${count} ${name}`).join(', ')}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
