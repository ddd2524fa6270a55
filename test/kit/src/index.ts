export { backupCommand, makeHost, type TestHost } from './backup.ts';
export { builtCommand, mountLoop, temporaryDirectory } from './places.ts';
export {
  boundByModes,
  type Ended,
  inMountNamespace,
  keyPair,
  node,
  processesWith,
  type RunOptions,
  run,
  start,
  until,
} from './run.ts';
export { describeTree } from './tree.ts';
