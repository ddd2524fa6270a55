import type { Report } from 'command-line';
import type { Loss, RunReport } from './run-report.ts';

/** So many are remembered, and all are counted. */
const mostLosses = 100;

/** Hears what is named as lost from now on, by this process and its programs. */
export function collectLosses(report: Report): RunReport['losses'] {
  const first: Loss[] = [];
  const losses = { count: 0, first };
  report.observe((named) => {
    losses.count += 1;
    if (first.length < mostLosses) first.push(named);
  });
  return losses;
}
