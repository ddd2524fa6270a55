import type { Report } from 'command-line';
import type { StoredDumps } from './stored.ts';
export async function rehearse(stored: StoredDumps, report: Report): Promise<void> {
  await stored.checkAll(report);
}
