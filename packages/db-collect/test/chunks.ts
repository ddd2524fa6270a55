import fc from 'fast-check';

/** Where a text is cut: numbers that are taken modulo its length. */
export const cuts = fc.array(fc.nat(), { maxLength: 12 });

/** Bytes in pieces, some of them perhaps empty. */
export function chunked(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = at.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) =>
    Buffer.from(bytes.subarray(places[index - 1] ?? 0, end)),
  );
}

/** Each byte by itself. */
export function single(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.of(byte));
}
