/** What must become of a path: see README.md. The bytes of names are in latin-1 strings. */
export interface Demand {
  readonly verdict: string;
  readonly change: string;
  readonly path: string;
}

/** A path that dpkg-orphans printed, and why. */
export interface Printed {
  readonly reason: string;
  readonly path: string;
}

/** The records of administrator.sh and mounts.sh. */
export function demands(records: Buffer): Demand[] {
  return fields(records, /^(keep|drop)\t([^\t]+)\t(.+)$/s).map(([verdict = '', change = '', path = '']) => {
    return { verdict, change, path };
  });
}

/** The records of `dpkg-orphans -0 --reasons`. */
export function printed(records: Buffer): Printed[] {
  return fields(records, /^([a-z-]+)\t(.+)$/s).map(([reason = '', path = '']) => ({ reason, path }));
}

/** Everything that is wrong about a selection, in words. */
export function mistakes(wanted: readonly Demand[], got: readonly Printed[]): string[] {
  const reasons = new Map(got.map(({ path, reason }) => [path, reason]));
  const wrong = wanted.flatMap(({ verdict, change, path }) => {
    const came = verdict === 'keep' ? lostAs(path, reasons) : printedAs(path, reasons);
    return came === undefined ? [] : [`${change}: ${verdict} ${JSON.stringify(path)}: ${came}`];
  });
  return [...wrong, ...repeated(got)];
}

function lostAs(path: string, reasons: ReadonlyMap<string, string>): string | undefined {
  const reason = reasons.get(path);
  if (reason === undefined) return 'not printed';
  return reason === 'parent' && !path.endsWith('/') ? 'printed as a parent' : undefined;
}

function printedAs(path: string, reasons: ReadonlyMap<string, string>): string | undefined {
  const name = path.replace(/\/$/, '');
  const asFile = reasons.get(name);
  const asDirectory = reasons.get(`${name}/`);
  if (asFile !== undefined) return `printed: ${asFile}`;
  return asDirectory === undefined || asDirectory === 'parent' ? undefined : `printed: ${asDirectory}`;
}

/** A path belongs into an archive once. */
function repeated(got: readonly Printed[]): string[] {
  const seen = new Set<string>();
  return got.flatMap(({ path }) => {
    const again = seen.has(path);
    seen.add(path);
    return again ? [`printed twice: ${JSON.stringify(path)}`] : [];
  });
}

function fields(records: Buffer, form: RegExp): string[][] {
  const text = records.toString('latin1');
  if (text !== '' && !text.endsWith('\0'))
    throw new Error(`no NUL after ${JSON.stringify(text.slice(-100))}`);
  return text
    .split('\0')
    .slice(0, -1)
    .map((record) => {
      const match = form.exec(record);
      if (!match) throw new Error(`not a record: ${JSON.stringify(record)}`);
      return match.slice(1);
    });
}
