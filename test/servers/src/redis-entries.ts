type Argument = string | Uint8Array;

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));

/** Commands that make keys of all types, with any bytes, with times at which they expire, in several databases. */
export function redisEntries(): Argument[][] {
  const names = Array.from({ length: 500 }, (_, at) => `member ${at}`);
  return [
    ['SET', 'plain', 'value'],
    ['SET', allBytes, allBytes],
    ['SET', '', 'the key is empty'],
    ['SET', 'empty', ''],
    ['SET', 'number', '-9223372036854775808'],
    ['SET', 'large', Buffer.alloc(100_000, allBytes)],
    ['SET', 'compressible', 'x'.repeat(10_000)],
    ['SET', 'expires', 'in a long time', 'PXAT', '4102444800123'],
    ['RPUSH', 'list', ...names, allBytes],
    ['SADD', 'set', ...names, allBytes],
    ['SADD', 'set of integers', '1', '-2', '300000', '9223372036854775807'],
    ['HSET', 'small hash', 'field', 'value', allBytes, allBytes],
    ['HSET', 'hash', ...names.flatMap((name) => [name, 'value'])],
    [
      'ZADD',
      'sorted',
      ...names.flatMap((name, at) => [String(at / 7), name]),
      '-inf',
      allBytes,
      '+inf',
      'last',
    ],
    ['XADD', 'stream', '1-1', 'field', allBytes],
    ['XADD', 'stream', '1-2', 'field', 'value', 'another', ''],
    ['XGROUP', 'CREATE', 'stream', 'group', '0'],
    ['XREADGROUP', 'GROUP', 'group', 'consumer', 'COUNT', '1', 'STREAMS', 'stream', '>'],
    ['SETBIT', 'bits', '100000', '1'],
    ['PFADD', 'hyperloglog', ...names],
    ['GEOADD', 'places', '13.361389', '38.115556', 'Palermo'],
    ['FUNCTION', 'LOAD', "#!lua name=lib\nredis.register_function('f', function() return 1 end)"],
    ['SELECT', '1'],
    ['SET', 'plain', 'of database 1'],
    ['SELECT', '15'],
    ['SET', 'last', 'of database 15', 'PXAT', '4102444800123'],
  ];
}

/** Commands as the protocol has them, for redis-cli --pipe. */
export function resp(commands: readonly (readonly Argument[])[]): Buffer {
  const parts = commands.flatMap((command) => [
    Buffer.from(`*${command.length}\r\n`),
    ...command.flatMap((argument) => {
      const bytes = Buffer.from(argument);
      return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')];
    }),
  ]);
  return Buffer.concat(parts);
}
