import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatReceipt, isDate, longestReceipt, parseReceipt, type Receipt } from '../src/index.ts';

const signature = '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n';
const date = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
  .map((day) => day.toISOString().slice(0, 10));

const receipts: fc.Arbitrary<Receipt> = fc.record({
  host: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
  date,
  sequence: fc.integer({ min: 1, max: 2 ** 40 }),
  manifest: fc.stringMatching(/^[0-9a-f]{64}$/),
  verified: fc
    .date({ min: new Date('2000-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
    .map((day) => day.toISOString()),
  holds: fc.array(date, { minLength: 1, maxLength: 64 }),
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(receipts, (receipt) => {
      const body = formatReceipt(receipt);
      expect(body.length + signature.length).toBeLessThan(longestReceipt);
      expect(parseReceipt(body + signature)).toEqual({ receipt, body, signature });
    }),
  );
});

test('what differs in any byte is another receipt, or none', () => {
  fc.assert(
    fc.property(
      receipts,
      fc.nat(),
      fc.string({ maxLength: 3, unit: 'binary' }),
      (receipt, position, text) => {
        const whole = formatReceipt(receipt) + signature;
        const at = position % whole.length;
        const changed = whole.slice(0, at) + text + whole.slice(at + 1);
        const parsed = parseReceipt(changed);
        if (parsed === undefined) return;
        expect(parsed.body + parsed.signature).toBe(changed);
        expect([parsed.receipt.date, ...parsed.receipt.holds].every(isDate)).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});

test.each([
  ['nothing', ''],
  ['no signature', formatReceipt(fc.sample(receipts, 1)[0] as Receipt)],
  [
    'a date that is none',
    `hcoop-backup receipt 1\nhost a\ndate 2026-02-30\nsequence 1\nmanifest ${'0'.repeat(64)}\nverified 2026-01-01T00:00:00Z\nholds 2026-01-01\n${signature}`,
  ],
])('%s is no receipt', (_, text) => {
  expect(parseReceipt(text)).toBeUndefined();
});
