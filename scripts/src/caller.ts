import { userInfo } from 'node:os';

/** Who gives the command, behind sudo too: for a record. */
export function callerName(): string {
  return process.env.SUDO_USER ?? userInfo().username;
}
