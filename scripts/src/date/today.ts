import { usageError } from 'command-line';
import { isDate } from 'date-tree';

/** The date to publish as: the one given, or today's where the host is. */
export function dateToPublish(given: string | undefined): string {
  if (given === undefined) return localDate(new Date());
  if (!isDate(given)) throw usageError('--date', `not a date: ${given}`, 'write it as YYYY-MM-DD');
  return given;
}

function localDate(now: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
