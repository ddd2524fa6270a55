import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanoseconds, nineDecimals } from '../src/seconds.ts';

const billion = 1_000_000_000n;
/** A time as the kernel has it, before 1970 and after. */
const time = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** As tar writes a time in a pax header: a decimal number with no more digits than it needs. */
function decimal(ns: bigint): string {
  const [sign, all] = ns < 0n ? ['-', -ns] : ['', ns];
  const fraction = (all % billion).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${all / billion}${fraction === '' ? '' : `.${fraction}`}`;
}

describe('the times of members', () => {
  test('are nanoseconds, as the kernel counts them', () => {
    fc.assert(
      fc.property(time, (ns) => {
        expect(nanoseconds(decimal(ns))).toBe(String(ns));
      }),
    );
    for (const [seconds, ns] of [
      ['0', '0'],
      ['-0', '0'],
      ['-0.000000001', '-1'],
      ['1.5', '1500000000'],
      ['-1.25', '-1250000000'],
      ['007.1', '7100000000'],
      ['1.1234567899', '1123456789'],
    ] as const)
      expect(nanoseconds(seconds)).toBe(ns);
  });

  test('are written with nine decimals that add to the second below', () => {
    fc.assert(
      fc.property(time, (ns) => {
        const [seconds = '', decimals = ''] = nineDecimals(decimal(ns)).split('.');
        expect(decimals).toHaveLength(9);
        expect(BigInt(seconds) * billion + BigInt(decimals)).toBe(ns);
      }),
    );
    for (const [seconds, written] of [
      ['-0.25', '-1.750000000'],
      ['-1', '-1.000000000'],
      ['0', '0.000000000'],
      ['12.5', '12.500000000'],
    ] as const)
      expect(nineDecimals(seconds)).toBe(written);
  });
});
