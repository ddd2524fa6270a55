/** A decimal number of seconds, as tar writes it, in nanoseconds. */
export function nanoseconds(seconds: string): string {
  const negative = seconds.startsWith('-');
  const [whole = '', fraction = ''] = (negative ? seconds.slice(1) : seconds).split('.');
  const digits = (whole + fraction.slice(0, 9).padEnd(9, '0')).replace(/^0+(?=\d)/, '');
  return negative && digits !== '0' ? `-${digits}` : digits;
}

/** The same number of seconds with nine decimals, rounded down to the second for what lies before 1970. */
export function nineDecimals(seconds: string): string {
  if (!seconds.startsWith('-')) {
    const [whole = '', fraction = ''] = seconds.split('.');
    return `${whole}.${fraction.slice(0, 9).padEnd(9, '0')}`;
  }
  return fromNanoseconds(BigInt(nanoseconds(seconds)));
}

/** Nanoseconds as seconds in that form. */
export function fromNanoseconds(ns: bigint): string {
  const billion = 1_000_000_000n;
  const rest = ((ns % billion) + billion) % billion;
  return `${(ns - rest) / billion}.${rest.toString().padStart(9, '0')}`;
}
