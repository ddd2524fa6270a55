import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Listing } from '../src/listing.ts';
import { inert } from '../src/text.ts';
import { formatMail, parseMail } from '../src/waiting-mail.ts';

function listingOf(paths: readonly string[]): string {
  const listing = new Listing();
  for (const path of paths) listing.add(path);
  return listing.text('shelob');
}

/** All counts of a text: of directories, and of what is in none that is shown. */
function counted(text: string): number {
  const more = text.match(/^(?!and ).* \((\d+)\)$/gm) ?? [];
  return more.reduce((sum, line) => sum + Number(/\((\d+)\)$/.exec(line)?.[1]), 0);
}

test('by directory, in the order in which they came', () => {
  expect(listingOf(['/srv/b', '/etc/', '/srv/a/', '/etc/x/y', 'z', '/'])).toBe(`6 unexpected files on shelob:

/srv/ (2)
  b
  a/

/ (2)
  etc/
  .

/etc/x/ (1)
  y

./ (1)
  z
`);
});

test('of a large directory, fifty names; of many directories, two hundred', () => {
  const one = Array.from({ length: 1000 }, (_, i) => `/d/${i}`);
  const text = listingOf(one);
  expect(text.split('\n')).toHaveLength(1 + 1 + 1 + 50 + 1 + 1);
  expect(text).toMatch(/^ {2}and 950 more, not shown\n$/m);
  const many = listingOf(Array.from({ length: 1000 }, (_, i) => `/d${i % 500}/${i}/x`));
  expect(many).toMatch(/^and 800 more in directories that are not shown:$/m);
  expect(many).toMatch(/^ {2}elsewhere \(\d+\)$/m);
  expect(counted(many)).toBe(1000);
});

const names = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)),
  maxLength: 40,
});
const paths = fc.array(
  names.filter((name) => name !== '').map((name) => `/${name}`),
  { maxLength: 600 },
);

test('any bytes: nothing acts, and every path is counted', () => {
  fc.assert(
    fc.property(paths, (all) => {
      const text = listingOf(all);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what acts
      expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      const lines = text.split('\n').filter((line) => /^(?! {2}|and ).* \(\d+\)$/.test(line));
      const hidden = /^and (\d+) more in directories/m.exec(text)?.[1] ?? '0';
      const shown = lines.reduce((sum, line) => sum + Number(/\((\d+)\)$/.exec(line)?.[1]), 0);
      expect(shown + Number(hidden)).toBe(all.length);
    }),
  );
});

test('long names, of any number, make a text that a mail system takes', () => {
  const long = Array.from(
    { length: 20_000 },
    (_, i) => `/${i % 300}${'\x01'.repeat(200)}/${'\xff'.repeat(200)}${i}`,
  );
  expect(listingOf(long).length).toBeLessThan(150_000);
  expect(listingOf(['/x\ud83d', `/${'\xf0\x9f\x98\x80'.repeat(400)}`])).toMatch(
    /^ {2}(😀){300}… \(1600 bytes\)$/mu,
  );
});

test('text is inert, and what was inert before is as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const once = inert(text);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what acts
      expect(once).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      expect(inert(once)).toBe(once);
    }),
  );
});

test('a mail that waits is read back as it was written', () => {
  const bytes = fc.uint8Array().map((array) => Buffer.from(array));
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(text, text, fc.array(text, { minLength: 1 }), bytes, (id, from, to, raw) => {
      expect(parseMail(formatMail({ id, from, to, raw }))).toEqual({ id, from, to, raw });
    }),
  );
  fc.assert(fc.property(bytes, (raw) => parseMail(raw) === undefined));
});
