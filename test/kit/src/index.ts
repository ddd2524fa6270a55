export { backupCommand, makeHost, type TestHost } from './backup.ts';
export { landlockSetpriv, rsyncVersions } from './debian.ts';
export { buildDebianRoot, type DebianRelease, type DebianStage, debianRoot } from './debian-root.ts';
export { builtCommand, mountLoop, temporaryDirectory, top } from './places.ts';
export { portableNode } from './portable-node.ts';
export { type RcloneServer, startRclone } from './rclone.ts';
export { RsyncWire, type WireEntry } from './rsync-wire.ts';
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
export { type SmallPackage, SmallRoot } from './small-root.ts';
export { type SshServer, type SshServerOptions, startSshServer } from './ssh-server.ts';
export { describeTree } from './tree.ts';
export { anEdit, applyEdit, type Edit } from './tree-edits.ts';
