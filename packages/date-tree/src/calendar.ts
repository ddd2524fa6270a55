/** Whether a name is `YYYY-MM-DD`, and a day that the calendar has. */
export function isDate(name: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(name)) return false;
  const day = new Date(`${name}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(name);
}
