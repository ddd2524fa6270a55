export { isDate, plainPath } from './calendar.ts';
export { type LockedDate, listDates, lockDate, openDate } from './date.ts';
export { type Drill, drillName, formatDrill, parseDrill, type SignedDrill } from './drill.ts';
export { manifestDigest } from './manifest.ts';
export { longestManifest, manifestName, statusDirectory, workDirectory } from './names.ts';
export { placeDate } from './place.ts';
export { formatReceipt, longestReceipt, parseReceipt, type Receipt } from './receipt.ts';
export {
  type HoldRecord,
  type RunRecord,
  readRecord,
  readSmallFile,
  startOfProcess,
  writeRecord,
  writeShared,
} from './records.ts';
export { groupId, settle, shareTree } from './share.ts';
export { clearWork, makeTree, withBuildingPlace } from './tree.ts';
export { withdrawDate } from './withdraw.ts';
