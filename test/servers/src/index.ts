export { type AfsCell, type AfsCellOptions, startAfsCell } from './afs/cell.ts';
export type { Daemon, DaemonName } from './afs/daemons.ts';
export type { Pioctl, PioctlCall } from './afs/pioctl.ts';
export type { Transaction } from './afs/transactions.ts';
export type { Partition, Volumes } from './afs/volumes.ts';
export type { Undo, WrongVolumes } from './afs/wrong-volumes.ts';
