// What a process needs that serves one date: apart from the rest, which takes longer to load than a client should wait.
export { isDate, plainPath } from './calendar.ts';
export { lockDate, openDate } from './date.ts';
export { writeRecord } from './records.ts';
