import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSources, signingKeys } from './apt-sources.ts';
import type { Machine } from './machine.ts';
import { attempt, type Restoration } from './restoration.ts';
import { readBytes } from './root.ts';

/** apt's sources, keys and settings, and dpkg's, and foreign architectures; then what they offer. */
export async function restoreApt({ machine, workshop, lists, report }: Restoration): Promise<void> {
  const from = machine.at(workshop);
  const sources = readSources(from);
  await attempt(report, 'ca-certificates', () => trustCertificates(machine, sources));
  const keys = signingKeys(sources).filter((key) => existsSync(from + key) && !existsSync(machine.at(key)));
  for (const path of ['/etc/dpkg', '/etc/apt', ...keys])
    if (existsSync(from + path)) await attempt(report, path, () => copyIn(machine, workshop, path));
  const architectures = readBytes(join(lists, 'foreign-architectures.txt')).split('\n').filter(Boolean);
  for (const architecture of architectures)
    await attempt(report, architecture, () => machine.run('dpkg', ['--add-architecture', architecture]));
  await attempt(report, 'apt-get update', () =>
    machine.run('apt-get', ['-q', '-o', 'APT::Update::Error-Mode=any', 'update']),
  );
}

/** Copies one path of the workshop to its place, over what is there: directories are merged. */
export async function copyIn(machine: Machine, workshop: string, path: string): Promise<void> {
  await machine.run('mkdir', ['-p', '--', join(path, '..')]);
  await machine.run('cp', ['-a', '--remove-destination', '-T', '--', workshop + path, path]);
}

/** A fresh root trusts no certificate: with its own sources, before those of the backup, which may need that. */
async function trustCertificates(machine: Machine, sources: readonly string[]): Promise<void> {
  const secure = sources.some((text) => /^[^#]*\bhttps:\/\//m.test(text));
  if (!secure || existsSync(machine.at('/etc/ssl/certs/ca-certificates.crt'))) return;
  await machine.run('apt-get', ['-q', 'update']);
  await machine.run('apt-get', ['-q', '-y', '--no-install-recommends', 'install', 'ca-certificates']);
}
