import { readFileSync } from 'node:fs';
import { errorCode, reason, usageError, type Values } from 'command-line';
import { plainPath } from 'date-tree/reader';
import type { command } from './options.ts';
import { sandboxes } from './sandbox.ts';

type Options = Values<(typeof command)['options']>;

/** All that the gate is set to: by its options, else by the configuration, else as it comes. */
export interface GateSettings {
  readonly root: string;
  readonly group: string;
  readonly log: string;
  readonly state: string;
  readonly rsync: string;
  readonly wrapper: string;
  readonly sandbox: (typeof sandboxes)[number];
  /** Seconds. */
  readonly timeout: number;
  /** Seconds. */
  readonly longest: number;
  /** Hours. */
  readonly warnAfter: number;
  /** Days; without it, nobody misses a drill. */
  readonly drillAfter: number | undefined;
  readonly receiptSigners: string | undefined;
}

/** Seconds, seconds and hours. */
const counts = { timeout: 600, longest: 86_400, warn_after: 96 } as const;

/** Where what is wrong with the settings is logged too. */
export const defaultLog = '/var/log/rsync-gate.log';

const defaultConfig = '/etc/hcoop-backup/config.toml';

/**
 * `staging`, `group` and the table `[gate]` of config.toml, under the options. hcoop-backup checks the whole file; here
 * a value of the wrong type is an error, and so is a file that is there and cannot be read.
 */
export async function gateSettings(options: Options): Promise<GateSettings> {
  const file = options.config ?? defaultConfig;
  const config = await readConfig(file, options.config === undefined);
  const gate = isTable(config.gate) ? config.gate : {};
  const text = (name: string, value: unknown): string | undefined => {
    if (value === undefined || typeof value === 'string') return value;
    throw usageError(file, `${name} is not a string`, 'see hcoop-backup --check-config');
  };
  const count = (name: keyof typeof counts | 'drill_after', value: unknown): number => {
    // A timer of node's takes no more milliseconds than fit into 31 bits.
    if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= 2_147_483) return Number(value);
    throw usageError(`gate.${name}`, `not a number from 1 to 2147483: ${value}`);
  };
  return {
    root: checkRoot(options.root ?? text('staging', config.staging) ?? '/srv/backup/staging'),
    group: options.group ?? text('group', config.group) ?? 'rsync',
    log: options.log ?? text('gate.log', gate.log) ?? defaultLog,
    state: options.state ?? text('gate.state', gate.state) ?? '/var/lib/rsync-gate',
    rsync: options.rsync ?? text('gate.rsync', gate.rsync) ?? '/usr/bin/rsync',
    wrapper: options.wrapper ?? text('gate.wrapper', gate.wrapper) ?? '/usr/sbin/hcoop-backup-wrapper',
    sandbox: sandboxOf(options, text('gate.sandbox', gate.sandbox)),
    timeout: count('timeout', options.timeout ?? gate.timeout ?? counts.timeout),
    longest: count('longest', options.longest ?? gate.longest ?? counts.longest),
    warnAfter: count('warn_after', options['warn-after'] ?? gate.warn_after ?? counts.warn_after),
    drillAfter: gate.drill_after === undefined ? undefined : count('drill_after', gate.drill_after),
    receiptSigners: options['receipt-signers'] ?? text('gate.receipt_signers', gate.receipt_signers),
  };
}

/** A file that is not there counts as empty where it need not be; one that cannot be read never does. */
async function readConfig(file: string, optional: boolean): Promise<Record<string, unknown>> {
  try {
    const text = readFileSync(file, 'utf8');
    const { parse } = await import('smol-toml'); // not loaded where there is no configuration
    return parse(text);
  } catch (error) {
    if (optional && errorCode(error) === 'ENOENT') return {};
    throw usageError(file, reason(error), 'it has no secrets: the gate must be able to read it');
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function sandboxOf(options: Options, configured: string | undefined): GateSettings['sandbox'] {
  if (options['no-sandbox']) return 'none';
  const wanted = options.sandbox ?? configured ?? 'auto';
  const known = sandboxes.find((name) => name === wanted);
  if (known === undefined)
    throw usageError('gate.sandbox', `unknown: ${wanted}`, `one of ${sandboxes.join(', ')}`);
  return known;
}

/** The root is compared letter by letter with what clients send: it has one spelling only. */
function checkRoot(root: string): string {
  if (!plainPath.test(root))
    throw usageError(
      root,
      'not an absolute path of plain names',
      'letters, digits and ._,=@:+- only, no slash at its end',
    );
  return root;
}
