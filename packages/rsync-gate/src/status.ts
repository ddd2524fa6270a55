import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CommandError, errorCode, exitCodes, failure, reason, stdoutIsTerminal } from 'command-line';
import {
  drillName,
  listDates,
  longestManifest,
  manifestDigest,
  manifestName,
  readRecord,
  readSmallFile,
  startOfProcess,
  statusDirectory,
} from 'date-tree';
import type { GateCall } from './options.ts';
import { lastPullName } from './pull.ts';
import { receiptsName } from './receipt.ts';
import type { GateSettings } from './settings.ts';
import { formatTable } from './status-table.ts';
import { warningsOf } from './warnings.ts';

type Facts = Readonly<Record<string, unknown>>;

/** What is known of this host's backups, on this side and on the other: docs/INTERFACES.md has the meaning of each. */
export interface Status {
  readonly format: 'hcoop-backup status 1';
  readonly host: string;
  readonly now: string;
  readonly dates: readonly string[];
  readonly latest: Facts | null;
  readonly run: Facts | null;
  readonly hold: Facts | null;
  readonly lastPull: Facts | null;
  readonly receipts: readonly Facts[];
  /** The last one that passed, and how many days ago that was. */
  readonly lastDrill: Facts | null;
  /** One that has failed since. */
  readonly failedDrill: Facts | null;
  readonly signingKey: string | null;
  readonly warnings: readonly string[];
}

/** Writes the status: a table on a terminal, else one JSON document. The exit code is 1 where there is a warning. */
export function showStatus({ stdout }: Pick<GateCall, 'stdout'>, settings: GateSettings): number {
  const status = statusOf(settings, new Date());
  stdout.write(stdoutIsTerminal ? formatTable(status) : `${JSON.stringify(status, null, 2)}\n`);
  return status.warnings.length === 0 ? exitCodes.complete : exitCodes.incomplete;
}

/** Gathers the status. What cannot be read is a warning: a status that cannot tell must not look like a good one. */
export function statusOf(settings: GateSettings, now: Date): Status {
  const { root, state, receiptSigners } = settings;
  const warnings: string[] = [];
  const known = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      warnings.push(error.message);
      return otherwise;
    }
  };
  const own = (name: string) => known(() => readRecord(join(statusDirectory(root), name)) ?? null, null);
  const dates = known(() => listDates(root), []);
  const described = dates.map((date) => known(() => describe(join(root, date)), undefined));
  const latest = latestOf(described.filter((date) => date !== undefined));
  const run = withState(own('run.json'));
  const hold = own('hold.json');
  const lastPull = known(() => readRecord(join(state, lastPullName)) ?? null, null);
  const all = known(() => receiptsIn(join(state, receiptsName)), []);
  const receipts = receiptSigners === undefined ? all : all.filter((receipt) => receipt.known === true);
  const signingKey = known(
    () =>
      readSmallFile(join(statusDirectory(root), 'signing-key.pub'), 4096)
        ?.toString()
        .trim() ?? null,
    null,
  );
  const drills = own(drillName);
  const lastDrill = withAge((drills?.passed ?? null) as Facts | null, now);
  const failedDrill = (drills?.failed ?? null) as Facts | null;
  const facts = { latest, run, hold, lastPull, receipts, lastDrill, failedDrill };
  warnings.push(...warningsOf(facts, now, settings));
  const host = typeof latest?.host === 'string' ? latest.host : hostname();
  return {
    ...{ format: 'hcoop-backup status 1', host, now: now.toISOString(), dates },
    ...facts,
    ...{ signingKey, warnings },
  };
}

interface Component {
  readonly status: string;
  readonly reason?: string;
  readonly seconds?: number;
  readonly files?: readonly { readonly size: number }[];
}

/** A published date and its manifest, which is root's own; undefined for one that is just being removed. */
interface Described {
  readonly path: string;
  readonly manifest: Facts;
}

function describe(path: string): Described | undefined {
  const text = readSmallFile(join(path, manifestName), longestManifest);
  if (text === undefined) return undefined;
  try {
    return { path, manifest: JSON.parse(text.toString()) };
  } catch {
    throw failure(join(path, manifestName), 'not JSON');
  }
}

/** The date with the highest number. */
function latestOf(dates: readonly Described[]): Facts | null {
  const [newest] = [...dates].sort((a, b) => Number(b.manifest.sequence) - Number(a.manifest.sequence));
  if (newest === undefined) return null;
  const { host, date, sequence, finished, components } = newest.manifest;
  const summaries = Object.entries(components as Record<string, Component>).map(([name, component]) => {
    const { files = [], ...rest } = component;
    return [name, { ...rest, bytes: files.reduce((sum, { size }) => sum + size, 0) }];
  });
  return {
    host,
    date,
    path: newest.path,
    sequence,
    finished,
    manifest: manifestDigest(newest.path),
    components: Object.fromEntries(summaries),
  };
}

function receiptsIn(directory: string): Facts[] {
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => /^[A-Za-z0-9_]+\.json$/.test(name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []; // none has come yet
    throw failure(directory, reason(error));
  }
  return names.map((name) => readRecord(join(directory, name))).filter((record) => record !== undefined);
}

function withAge(drill: Facts | null, now: Date): Facts | null {
  if (drill === null) return null;
  return { ...drill, days: Math.floor((now.getTime() - Date.parse(String(drill.finished))) / 86_400_000) };
}

/** A run that has not ended, and whose process is not there, did not come to its end. */
function withState(run: Facts | null): Facts | null {
  if (run === null) return null;
  if (run.finished !== undefined) return { ...run, state: 'ended' };
  const ticks = startOfProcess(Number(run.pid));
  return { ...run, state: ticks !== undefined && ticks === run.ticks ? 'running' : 'killed' };
}
