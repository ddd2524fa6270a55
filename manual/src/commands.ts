import { command as afsVolDump } from 'afs-vol-dump/options';
import type { Command, OptionTable } from 'command-line';
import { command as dbCollect } from 'db-collect/options';
import { command as dpkgOrphans } from 'dpkg-orphans/options';
import { command as encryptTar } from 'encrypt-tar/options';
import { command as hcoopBackup } from 'hcoop-scripts/backup-options';
import { command as hcoopPull } from 'hcoop-scripts/pull-options';
import { command as hcoopRestore } from 'hcoop-scripts/restore-options';
import { command as hcoopVerify } from 'hcoop-scripts/verify-options';
import { command as hcoopBackupWrapper } from 'hcoop-scripts/wrapper-options';
import { command as notifyAdmins } from 'notify-admins/options';
import { command as pathFilter } from 'path-filter/options';
import { command as rsyncGate } from 'rsync-gate/options';

/** The table of any command. */
export type AnyCommand = Command<OptionTable>;

/** Section 1: in the order of the overview. */
export const commands: readonly AnyCommand[] = [
  dpkgOrphans,
  pathFilter,
  encryptTar,
  afsVolDump,
  dbCollect,
  rsyncGate,
  notifyAdmins,
];

/** Section 8. */
export const scripts: readonly AnyCommand[] = [
  hcoopBackup,
  hcoopBackupWrapper,
  hcoopPull,
  hcoopVerify,
  hcoopRestore,
];
