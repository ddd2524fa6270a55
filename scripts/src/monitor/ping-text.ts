import { formatBytes } from 'command-line';
import type { ComponentReport, RunReport } from '../report/run-report.ts';

/** What Healthchecks keeps of a ping where nobody has raised its limit. */
export const longestText = 10_000;

/**
 * A run in a few lines, for a service that is not ours: states and numbers, and why it failed. What was backed up, and what was lost,
 * are not named: that is in the mail, and in the log on the host.
 */
export function describeRun(run: RunReport): string {
  const { host, date, status, exitCode, failure, losses, components, annoying, undumped, doubts } = run;
  const lines = [
    `${host}, ${date}: ${status === 'ok' ? status : status.toUpperCase()}, exit code ${exitCode}, ${run.seconds} s`,
    ...(failure === null ? [] : [`failed: ${failure.what}: ${failure.why}`]),
    ...(failure?.hint === undefined ? [] : [`hint: ${failure.hint}`]),
    ...(losses.count === 0 ? [] : [`missing: ${losses.count}, named in the log on the host`]),
    ...Object.entries(components).map(([name, component]) => `${name}: ${describeComponent(component)}`),
    `unexpected files: ${annoying.count}, ${annoying.newCount} of them new`,
    ...(undumped.length === 0 ? [] : [`without a dump: ${undumped.length}`]),
    ...doubts.map((doubt) => `doubt: ${doubt}`),
  ];
  return cut(lines.map((line) => `${line}\n`).join(''));
}

function describeComponent({ status, reason, paths, bytes, newBytes, seconds }: ComponentReport): string {
  const parts = [
    status,
    reason,
    paths === undefined ? undefined : `${paths} paths`,
    bytes === 0 ? undefined : `${formatBytes(bytes)}, ${formatBytes(newBytes)} new`,
    status === 'skipped' ? undefined : `${seconds} s`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

/** At most so many bytes of UTF-8, and no half of a character. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= longestText) return text;
  const end = '\n…\n';
  const room = longestText - Buffer.byteLength(end);
  return `${new TextDecoder().decode(bytes.subarray(0, room), { stream: true })}${end}`;
}
