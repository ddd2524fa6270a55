import { run } from 'test-kit';
import { type Slapd, startSlapd } from 'test-servers';
import { beforeAll, describe, expect, test } from 'vitest';

describe('a slapd', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await startSlapd({ untilStopped: true });
    await slapd.fill();
    return slapd.stop;
  });

  test('has entries in both databases, with any bytes', async () => {
    const [first, second] = slapd.suffixes;
    const entries = await slapd.search(first);
    expect(entries.match(/^dn:/gm)).toHaveLength(9);
    expect(entries).toMatch(/^entryCSN: /m);
    expect(entries).toContain(`jpegPhoto:: ${Buffer.from([0, 1, 2, 3, 4, 5]).toString('base64')}`);
    expect((await slapd.search(second)).match(/^dn:: /gm)).toHaveLength(2);
  });

  test('what slapcat writes is what it has', async () => {
    for (const suffix of slapd.suffixes) {
      const { code, stdout } = await run(['slapcat', '-F', slapd.configDirectory, '-b', suffix]);
      expect(code).toBe(0);
      const dns = (text: string): string[] => (text.match(/^dn:.*(\n .*)*/gm) ?? []).toSorted();
      expect(dns(stdout.toString().replace(/\n /g, ''))).toEqual(dns(await slapd.search(suffix)));
    }
  });

  test('keeps what it has when it is killed and started again', async () => {
    const [first] = slapd.suffixes;
    const before = await slapd.search(first);
    const { pid } = slapd;
    await slapd.kill();
    await expect(slapd.search(first)).rejects.toThrow(/can't contact ldap server/i);
    await slapd.start();
    expect(slapd.pid).not.toBe(pid);
    expect(await slapd.search(first)).toBe(before);
  });

  test('can be another one at the same time', async () => {
    const other = await startSlapd();
    await other.add(`dn: ${other.suffixes[0]}\nobjectClass: dcObject\nobjectClass: organization\no: other\n`);
    expect(await other.search(other.suffixes[0])).toContain('o: other');
    expect(await slapd.search(slapd.suffixes[0])).toContain('o: Example');
  });
});
