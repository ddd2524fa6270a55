import { mailContent } from './mail/content.ts';
import { formatHtml } from './mail/html.ts';
import type { RunReport } from './run-report.ts';

/** The mail of a run as HTML, with the content of its text. History is oldest first, without the run itself. */
export function mailHtml(run: RunReport, history: readonly RunReport[]): string {
  return formatHtml(mailContent(run, history));
}
