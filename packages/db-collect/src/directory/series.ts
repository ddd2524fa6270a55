import type { BytePath } from 'path-stream';

/** A day, with the time or without, in the ways that dump scripts write it: 2026-11-24, 20261124_0317, 2026-11-24T03:17. */
const time =
  /[._-]*(?<!\d)(?:19|20)\d\d[-._]?(?:0[1-9]|1[0-2])[-._]?(?:0[1-9]|[12]\d|3[01])(?:[T_.-]*\d{2}[hm:._-]?\d{2}(?:[ms:._-]?\d{2})?[ms]?)?(?!\d)/g;
const weekday = /[._-]+(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?(?![A-Za-z])/gi;
/** As automysqlbackup and autopostgresqlbackup name what they keep of each week, and of each month. */
const week = /_week\.\d+(?=\.)/;
const month =
  /^(.+)\.(?:January|February|March|April|May|June|July|August|September|October|November|December)\.\1(?=\.)/;
/** As logrotate and savelog number what they keep. */
const generation = /\.\d+(?=$|\.(?:gz|bz2|xz|zst)$)/;
const compression = /\.(?:gz|bz2|xz|zst)$/;

/** Directories of what is kept longer, and of a day. */
const period = /^(?:hourly|daily|weekly|monthly|yearly|latest|last)$/i;

/**
 * What the names of the dumps of one database have in common, where each run makes a new file: the name without day, time and number. An
 * old file with a newer one of its series beside it is no stale one. Of the directories, those are left out that are of a period, or a day.
 */
export function seriesOf(name: BytePath): string {
  const parts = name.split('/');
  const base = parts.pop() ?? '';
  const undated = base.replace(generation, '').replace(compression, '').replace(time, '');
  const places = parts.filter((part) => !period.test(part)).map((part) => part.replace(time, ''));
  return [...places, undated.replace(weekday, '').replace(week, '').replace(month, '$1')]
    .filter((part) => part !== '')
    .join('/');
}
