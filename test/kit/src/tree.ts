import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';

/**
 * Everything about a tree that a restore must bring back, a line an object, to be compared as text: type, mode, owner,
 * size, time of change in nanoseconds, links and their targets, devices, digest of the content, whether it is sparse,
 * ACLs, capabilities and other extended attributes. find(1) and getfattr(1) read them, not the code under test. `plain`: without
 * the attributes, for file systems that have none.
 */
export function describeTree(directory: string, { plain = false } = {}): string[] {
  const format = '%P\\t%y %m %U:%G %s %T@ links %n inode %i blocks %b -> %l\\0';
  const listing = execFileSync('find', ['.', '-printf', format], { cwd: directory, maxBuffer: 1 << 28 });
  const groups = new Map<string, string>();
  const lines = listing
    .toString('latin1')
    .split('\0')
    .filter((record) => record !== '')
    .sort()
    .map((record) => describeRecord(directory, record, groups));
  return plain ? lines : [...lines, ...attributes(directory)];
}

function describeRecord(directory: string, record: string, groups: Map<string, string>): string {
  const tab = record.lastIndexOf('\t');
  const path = record.slice(0, tab);
  const facts = record.slice(tab + 1);
  const match = /^(.) (\S+ \S+) (\d+) (\S+) links (\d+) inode (\d+) blocks (\d+) -> (.*)$/s.exec(facts);
  if (match === null) throw new Error(`unexpected line of find: ${JSON.stringify(record)}`);
  const [, type = '', owner = '', size = '', time = '', links = '1', inode = '', blocks = '', target = ''] =
    match;
  const isFile = type === 'f';
  const linked = type !== 'd' && Number(links) > 1;
  // Hard links are told by the first path of their inode, for a restored one has another number.
  if (linked && !groups.has(inode)) groups.set(inode, path);
  return [
    JSON.stringify(path),
    type,
    owner,
    isFile ? size : '',
    time,
    linked ? `link of ${JSON.stringify(groups.get(inode))}` : '',
    JSON.stringify(target),
    isFile ? digest(directory, path) : '',
    isFile && Number(blocks) * 512 < Number(size) / 2 ? 'sparse' : '',
  ].join(' ');
}

/** The SHA-256 of a file; of one that is larger than a disk should read, only the ends. */
function digest(directory: string, path: string): string {
  const file = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path, 'latin1')]);
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1 << 20);
  let total = 0;
  for (let n = readSync(descriptor, buffer); n > 0 && total < 1 << 28; n = readSync(descriptor, buffer)) {
    hash.update(buffer.subarray(0, n));
    total += n;
  }
  closeSync(descriptor);
  return hash.digest('hex').slice(0, 16);
}

function attributes(directory: string): string[] {
  const args = ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '.'];
  const dump = execFileSync('getfattr', args, {
    cwd: directory,
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return dump
    .toString('latin1')
    .split('\n\n')
    .filter((block) => block.trim() !== '')
    .map((block) => block.trim().split('\n').sort().join(' '))
    .sort();
}
