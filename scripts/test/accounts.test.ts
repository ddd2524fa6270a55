import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Accounts, mergeAccounts } from '../src/restore/system/accounts.ts';

const none: Accounts = { passwd: '', group: '', shadow: '', gshadow: '', subuid: '', subgid: '' };

interface Account {
  readonly name: string;
  readonly id: number;
}

// Few names and numbers, so that they meet.
const names = ['root', 'daemon', '_apt', 'ada', 'bob', 'messagebus', 'rescue'];
const accounts = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...names),
      id: fc.oneof(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 98, max: 103 }),
        fc.integer({ min: 998, max: 1003 }),
      ),
    }),
    { selector: ({ name }) => name, maxLength: 7 },
  )
  // Each number once, as useradd leaves it.
  .map((all) => all.filter(({ id }, i) => all.findIndex((other) => other.id === id) === i));
const machine = fc.record({ users: accounts, groups: accounts, members: fc.subarray(names) }).map(textsOf);

function textsOf({
  users,
  groups,
  members,
}: {
  users: readonly Account[];
  groups: readonly Account[];
  members: readonly string[];
}): Accounts {
  const lines = <T>(all: readonly T[], line: (one: T) => string): string =>
    all.map((one) => `${line(one)}\n`).join('');
  const list = members.join(',');
  return {
    passwd: lines(users, ({ name, id }) => `${name}:x:${id}:${groups[0]?.id ?? 7}:${name}:/:/bin/sh`),
    group: lines(groups, ({ name, id }) => `${name}:x:${id}:${list}`),
    shadow: lines(users, ({ name }) => `${name}:*:19000:0:99999:7:::`),
    gshadow: lines(groups, ({ name }) => `${name}:*::${list}`),
    subuid: lines(users, ({ name, id }) => `${name}:${100000 + id * 65536}:65536`),
    subgid: '',
  };
}

function numbers(text: string): Map<string, number> {
  const rows = text.split('\n').slice(0, -1);
  return new Map(rows.map((row) => [row.split(':')[0] ?? '', Number(row.split(':')[2])]));
}

test('every account of the backup keeps its number, and no account of either is lost', () => {
  fc.assert(
    fc.property(machine, machine, (backup, fresh) => {
      const { accounts: merged } = mergeAccounts(backup, fresh);
      for (const file of ['passwd', 'group'] as const) {
        const [before, other, now] = [backup, fresh, merged].map((one) => numbers(one[file]));
        for (const [name, id] of before ?? []) expect(now?.get(name)).toBe(id);
        for (const name of other?.keys() ?? []) expect(now?.has(name)).toBe(true);
        expect(new Set(now?.values()).size).toBe(now?.size);
        expect(now?.size).toBe(new Set([...(before?.keys() ?? []), ...(other?.keys() ?? [])]).size);
      }
      expect(merged.passwd.startsWith(backup.passwd)).toBe(true);
      expect(merged.shadow.startsWith(backup.shadow)).toBe(true);
      expect(merged.subuid.startsWith(backup.subuid)).toBe(true);
    }),
  );
});

test('files of the new root are given to the number that their owner has now, and to no other', () => {
  fc.assert(
    fc.property(machine, machine, (backup, fresh) => {
      const { accounts: merged, uids, gids } = mergeAccounts(backup, fresh);
      for (const [file, moved] of [
        ['passwd', uids],
        ['group', gids],
      ] as const) {
        const now = numbers(merged[file]);
        for (const [name, id] of numbers(fresh[file])) expect(moved.get(id) ?? id).toBe(now.get(name));
        expect(new Set(moved.values()).size).toBe(moved.size);
      }
    }),
  );
});

test('primary groups of the new root’s own accounts go with their groups', () => {
  fc.assert(
    fc.property(machine, machine, (backup, fresh) => {
      const { accounts: merged, gids } = mergeAccounts(backup, fresh);
      const own = [...numbers(fresh.passwd).keys()].filter((name) => !numbers(backup.passwd).has(name));
      const group = (text: string, name: string): number =>
        Number(
          text
            .split('\n')
            .find((line) => line.startsWith(`${name}:`))
            ?.split(':')[3],
        );
      for (const name of own) {
        const before = group(fresh.passwd, name);
        expect(group(merged.passwd, name)).toBe(gids.get(before) ?? before);
      }
    }),
  );
});

test('a second merge changes nothing', () => {
  fc.assert(
    fc.property(machine, machine, (backup, fresh) => {
      const { accounts: merged } = mergeAccounts(backup, fresh);
      const again = mergeAccounts(backup, merged);
      expect(again.accounts).toEqual(merged);
      expect([...again.uids, ...again.gids]).toEqual([]);
    }),
  );
});

test('members are those of both; lines that are no accounts stay where they are', () => {
  const backup = {
    ...none,
    passwd: 'root:x:0:0::/root:/bin/bash\n# ours\n+@staff::::::\n',
    group: 'adm:x:4:ada,bob\nusers:x:100:\n',
    gshadow: 'adm:!:ada:ada,bob\n',
  };
  const fresh = {
    ...none,
    passwd: 'root:x:0:0:root:/root:/bin/sh\nrescue:x:998:998::/:/bin/sh\n',
    group: 'adm:x:4:syslog,ada\n',
    gshadow: 'adm:*:eve:syslog\n',
  };
  const { accounts: merged } = mergeAccounts(backup, fresh);
  expect(merged.passwd).toBe(
    'root:x:0:0::/root:/bin/bash\n# ours\nrescue:x:998:998::/:/bin/sh\n+@staff::::::\n',
  );
  expect(merged.group).toBe('adm:x:4:ada,bob,syslog\nusers:x:100:\n');
  expect(merged.gshadow).toBe('adm:!:ada,eve:ada,bob,syslog\n');
});

test('numbers that two swap, and one that somebody else has now', () => {
  const line = (name: string, id: number): string => `${name}:x:${id}:${id}::/:/bin/sh\n`;
  const backup = { ...none, passwd: line('a', 100) + line('b', 101) + line('c', 102) };
  const fresh = { ...none, passwd: line('b', 100) + line('a', 101) + line('own', 102) };
  const { accounts: merged, uids, notes } = mergeAccounts(backup, fresh);
  expect([...uids]).toEqual([
    [100, 101],
    [101, 100],
    [102, 103],
  ]);
  expect(merged.passwd).toContain('own:x:103:102:');
  expect(notes).toEqual([['own', expect.stringContaining('now 103, for the backup has 102')]]);
});

test('ranges of subordinate numbers: those of one machine for a name, and an overlap is told', () => {
  const backup = { ...none, subuid: 'ada:100000:65536\nada:300000:10\n' };
  const fresh = { ...none, subuid: 'ada:200000:65536\nbob:165535:65536\neve:400000:5\n' };
  const { accounts: merged, notes } = mergeAccounts(backup, fresh);
  expect(merged.subuid).toBe('ada:100000:65536\nada:300000:10\nbob:165535:65536\neve:400000:5\n');
  expect(notes).toEqual([['bob', 'its range in subuid on the new root overlaps one of the backup']]);
});
