import { mailContent } from './mail/content.ts';
import { formatText } from './mail/text.ts';
import type { RunReport } from './run-report.ts';

/** The mail of a run as text. History is oldest first, without the run itself. */
export function mailText(run: RunReport, history: readonly RunReport[]): string {
  return formatText(mailContent(run, history));
}
