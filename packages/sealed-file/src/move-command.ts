import { homedir } from 'node:os';
import { type Stage, usageError } from 'command-line';

/** A command that stores elsewhere what it gets on stdin. `{}` in its arguments stands for the name to store it under. */
export interface MoveCommand {
  readonly program: string;
  readonly args: readonly string[];
}

const placeholder = '{}';

/** Splits a command's text at blanks; no shell looks at it. `what` is what messages call it. */
export function parseMoveCommand(text: string, what: string): MoveCommand {
  const [program, ...args] = text.split(/[ \t]+/).filter((word) => word !== '');
  if (program === undefined || !args.some((word) => word.includes(placeholder)))
    throw usageError(what, 'no {} in its arguments', 'write {} where the name goes: rclone rcat remote:{}');
  return { program, args };
}

/** What the command is told in the place of `{}`, for people: its argument with that name in it. */
export function describeTarget({ args }: MoveCommand, name: string): string {
  return withName(args.find((word) => word.includes(placeholder)) ?? placeholder, name);
}

/** The command for one name. */
export function moveStage({ program, args }: MoveCommand, name: string): Stage {
  return {
    command: program,
    name: `${name}: ${program}`,
    args: args.map((word) => withName(word, name)),
    env: homeEnvironment(),
    isSink: true,
  };
}

/**
 * Where a program finds its configuration, rclone.conf or ~/.ssh: the name of a directory, and no secret. Nothing else of the caller's
 * environment: RCLONE_CONFIG_PASS, AWS_SECRET_ACCESS_KEY, a proxy with its password and the like are for files
 * that only their owner can read, or for a script that is named as the command. systemd sets no HOME for services: then it is
 * the one in passwd(5).
 */
export function homeEnvironment(): { readonly HOME: string } {
  return { HOME: homedir() };
}

/** The name stands for itself: `$&` in it is no pattern. */
function withName(word: string, name: string): string {
  return word.replaceAll(placeholder, () => name);
}
