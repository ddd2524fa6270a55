import type { Pulled } from './host.ts';

/** A table of what became of each host, a line a host under a heading. */
export function formatTable(results: readonly Pulled[]): string[] {
  const rows = [
    ['HOST', 'DATE', 'NUMBER', 'MB', 'SECONDS', 'HELD', 'RESULT'],
    ...results.map(({ host, date, sequence, bytes, seconds, held, result }) => [
      host,
      date ?? '-',
      String(sequence ?? '-'),
      bytes === undefined ? '-' : (bytes / 1e6).toFixed(1),
      seconds === undefined ? '-' : seconds.toFixed(0),
      String(held ?? '-'),
      result.slice(0, 100),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
