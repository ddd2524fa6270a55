/** An absolute path with one spelling: plain names, no dots, no slash at its end. What a gate's client can write. */
export const plainPath: RegExp = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._,=@:+-]+)+$/;

/** Whether a name is `YYYY-MM-DD`, and a day that the calendar has. */
export function isDate(name: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(name)) return false;
  const day = new Date(`${name}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(name);
}
