import { expect, test } from 'vitest';
import { parseList } from '../src/listed.ts';
import { parseTransactions } from '../src/transactions.ts';
import { parseVldb } from '../src/vldb.ts';

// As OpenAFS 1.8.9 prints them.
const vldb = `VLDB entries for server afs1 

user.ann 
    RWrite: 536870912     ROnly: 536870913     Backup: 536870914 
    number of sites -> 2
       server 10.99.99.1 partition /vicepa RW Site 
       server 10.99.99.1 partition /vicepa RO Site  -- New release
    Volume is currently LOCKED  
    Volume is locked for a delete/misc operation

only.copies 
    ROnly: 536870920 
    number of sites -> 1
       server 10.99.99.1 partition /vicepb RO Site 

Total entries: 2
`;

test('entries of the VLDB', () => {
  expect(parseVldb(vldb)).toEqual([
    {
      name: 'user.ann',
      readWrite: 536870912,
      site: { server: '10.99.99.1', partition: '/vicepa' },
      others: [536870913, 536870914],
    },
    { name: 'only.copies', readWrite: undefined, site: undefined, others: [536870920] },
  ]);
  expect(parseVldb('VLDB entries for server afs1 \n\nTotal entries: 0\n')).toEqual([]);
});

const entry = (id: number, lines: string): string =>
  `BEGIN_OF_ENTRY\n${lines.replace('ID', String(id))}END_OF_ENTRY\n\n`;
const whole = `name\t\tuser.ann
id\t\tID
serv\t\t10.99.99.1\tafs1.test.example
part\t\t/vicepa
status\t\tOK
inUse\t\tY
needsSalvaged\tN
type\t\tRW
creationDate\t1795662717\tThu Nov 26 03:11:57 2026
updateDate\t1795662767\tThu Nov 26 03:12:47 2026
copyDate\t0        \tThu Jan  1 00:00:00 1970
spare2\t\t9\t(Optional)
`;
const busy = 'id\t\tID\nserv\t\t10.99.99.1\tafs1\npart\t\t/vicepa\nstatus\t\tBUSY\n';
const list = `Total number of volumes on server afs1 partition /vicepa: 2 \n${entry(5, whole)}${entry(6, busy)}\nTotal number of volumes on server afs1 partition /vicepb: 0 \n`;

test('volumes of a server', () => {
  expect(parseList(list, 'afs1')).toMatchObject([
    {
      id: 5,
      status: 'OK',
      partition: '/vicepa',
      header: { name: 'user.ann', updated: 1795662767, copied: 0, updates: 9, online: true },
    },
    { id: 6, status: 'BUSY', header: undefined },
  ]);
});

test('a list that is shorter than it says is none', () => {
  expect(() => parseList(list.replace(entry(6, busy), ''), 'afs1')).toThrow('told of 2 volumes, and named 1');
  expect(() => parseVldb(vldb.replace(/only\.copies.*\n\n/s, ''))).toThrow('told of 2 volumes, and named 1');
});

test('transactions', () => {
  const status = `Total transactions: 1
--------------------------------------
transaction: 175  created: Thu Nov 26 03:15:59 2026
lastActiveTime: Thu Nov 26 03:15:59 2026
attachFlags:  busy 
volume: 536870915  partition: /vicepa  procedure: Dump
packetRead: 2  lastReceiveTime: Thu Nov 26 03:15:59 2026
--------------------------------------
`;
  expect(parseTransactions(status)).toEqual([{ number: 175, volume: 536870915 }]);
  expect(parseTransactions('No active transactions on afs1\n')).toEqual([]);
});
