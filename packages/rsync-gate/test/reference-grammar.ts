import fc from 'fast-check';

/*
 * A second opinion on which command lines are allowed. It was written from the list of options alone, and
 * shares neither code nor method with the gate: the gate takes a line apart, this is one regular expression
 * and a calendar. Where the two disagree, one of them is wrong.
 */

const maximumLength = 4096;

const letters = 'vqnldHogDtpAXrcIuxSzWUb';

/** What a client says of its protocol: it stands last in its word, so nothing can follow it unseen. */
const ability = String.raw`e(?:[0-9]+\.[0-9]+|\.)[A-Za-z]+`;

const flags = [
  'append',
  'ignore-errors',
  'ignore-missing-args',
  'inplace',
  'list-only',
  'msgs2stderr',
  'new-compress',
  'no-msgs2stderr',
  'no-specials',
  'numeric-ids',
  'old-compress',
  'safe-links',
  'specials',
];

const compressions = ['zstd', 'lz4', 'zlibx', 'zlib', 'none', 'auto'];
const checksums = ['xxh128', 'xxh3', 'xxh64', 'xxhash', 'md5', 'md4', 'sha1', 'none', 'auto'];

function oneOf(words: readonly string[]): string {
  return `(?:${words.join('|')})`;
}

const values = [
  '(?:timeout|bwlimit|checksum-seed)=[0-9]+',
  'compress-level=(?:0|-?(?:[1-9]|1[0-9]|20)|21|22)',
  `compress-choice=${oneOf(compressions)}`,
  `checksum-choice=${oneOf(checksums)}(?:,${oneOf(checksums)})?`,
  'info=[A-Z0-9,]+',
  'skip-compress=[A-Za-z0-9/]+',
  String.raw`suffix=(?!\.{1,2} )[A-Za-z0-9._-]+`,
];

const option = oneOf([
  `-[${letters}]+`,
  `-[${letters}]*${ability}`,
  '-B[0-9]+',
  `--${oneOf(flags)}`,
  `--${oneOf(values)}`,
]);

/** `--append` twice means to verify what is there already; a third one means nothing that is known. */
const thirdAppend = '(?!(?:.* --append(?= )){3})';

const calendarDate = '(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})';

function patternFor(root: string): RegExp {
  const literal = root.replace(/[.]/g, '[.]');
  const pull = `rsync --server --sender(?: ${option})* [.] ${literal}/${calendarDate}/?`;
  return new RegExp(`^(?:backup|status|receipt|${thirdAppend}${pull})$`);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/**
 * Whether the gate may allow `line` when the backups are in `root`, which is made of `[A-Za-z0-9._/-]` alone.
 * What is on the disk is not looked at, so that this can be asked of any line.
 */
export function isAllowedForm(line: string, root: string): boolean {
  if (line.length > maximumLength) return false;
  const found = patternFor(root).exec(line);
  if (found === null) return false;
  const { year, month, day } = found.groups ?? {};
  if (year === undefined) return true;
  if (Number(month) < 1 || Number(month) > 12) return false;
  return Number(day) >= 1 && Number(day) <= daysIn(Number(year), Number(month));
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Valid dates only, the last days of months among them: that is where calendars go wrong. */
const date: fc.Arbitrary<string> = fc
  .tuple(fc.integer({ min: 1970, max: 2199 }), fc.integer({ min: 1, max: 12 }))
  .chain(([year, month]) =>
    fc
      .oneof(fc.integer({ min: 1, max: daysIn(year, month) }), fc.constant(daysIn(year, month)))
      .map((day) => `${year}-${two(month)}-${two(day)}`),
  );

function textOf(characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const upper = alphabet.toUpperCase();

const abilityWord: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('.') },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.nat(40), fc.nat(20)).map(([major, minor]) => `${major}.${minor}`),
      },
    ),
    fc.oneof(
      fc.constantFrom('iLsfxCIvu', 'LsfxCIvu', 'iLsfxC', 'iLsf', 'LsfxC'),
      textOf(alphabet + upper, 1, 9),
    ),
  )
  .map((parts) => `e${parts.join('')}`);

const cluster: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('-logDtpr', '-logDtpre.iLsfxCIvu', '-vlHogDtpAXrSe.iLsfxC', '-g', '-e.LsfxCIvu'),
  textOf(letters, 1, 14).map((text) => `-${text}`),
  fc.tuple(textOf(letters, 0, 14), abilityWord).map((parts) => `-${parts.join('')}`),
);

const checksum = fc.constantFrom(...checksums);
const number = fc.oneof(fc.nat(), fc.constantFrom(0, 1, 60, 2147483647)).map(String);

const valued: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(fc.constantFrom('timeout', 'bwlimit', 'checksum-seed'), number).map((pair) => pair.join('=')),
  fc
    .oneof(fc.integer({ min: -20, max: 22 }), fc.constantFrom(-20, 0, 22))
    .map((level) => `compress-level=${level}`),
  fc.constantFrom(...compressions).map((name) => `compress-choice=${name}`),
  fc.array(checksum, { minLength: 1, maxLength: 2 }).map((names) => `checksum-choice=${names.join(',')}`),
  fc
    .array(fc.tuple(textOf(upper, 1, 7), fc.constantFrom('', '0', '2')), { minLength: 1, maxLength: 3 })
    .map((words) => `info=${words.map((word) => word.join('')).join(',')}`),
  fc
    .array(textOf(alphabet + upper + digits, 1, 5), { minLength: 1, maxLength: 4 })
    .map((names) => `skip-compress=${names.join('/')}`),
  textOf(`${alphabet}${upper}${digits}._-`, 1, 10)
    .filter((name) => name !== '.' && name !== '..')
    .map((name) => `suffix=${name}`),
);

const optionWord: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: cluster },
  { weight: 3, arbitrary: fc.constantFrom(...flags).map((flag) => `--${flag}`) },
  { weight: 4, arbitrary: valued.map((word) => `--${word}`) },
  { weight: 1, arbitrary: fc.nat(131_072).map((size) => `-B${size}`) },
);

function atMostTwoAppends(words: readonly string[]): string[] {
  let left = 2;
  return words.filter((word) => word !== '--append' || left-- > 0);
}

/** Lines the gate must allow when the date is there: what clients send, and what they could send. */
export function lineArbitrary(root: string): fc.Arbitrary<string> {
  const pull = fc
    .tuple(fc.array(optionWord, { maxLength: 8 }), date, fc.constantFrom('', '/'))
    .map(([words, day, slash]) =>
      ['rsync --server --sender', ...atMostTwoAppends(words), '.', `${root}/${day}${slash}`].join(' '),
    );
  return fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom('backup', 'status', 'receipt') },
    { weight: 19, arbitrary: pull },
  );
}

const dangerous = [
  '--',
  '-',
  '.',
  '..',
  '/',
  '/etc',
  '/etc/shadow',
  '~',
  '*',
  '--server',
  '--sender',
  '--daemon',
  '--detach',
  '--config=/tmp/x',
  '--dparam=x=y',
  '-M',
  '--remote-option=--sender',
  '-e',
  '-e.',
  '-esh',
  '--rsh=sh',
  '--rsh',
  '--rs=sh',
  '--rsync-path=sh',
  '-s',
  '--secluded-args',
  '--protect-args',
  '--remove-source-files',
  '--remove-s',
  '--remove-sent-files',
  '--log-file=/tmp/x',
  '--log-f=/tmp/x',
  '--log-file-format=%n',
  '--files-from=/etc/shadow',
  '--files-fro=-',
  '--files-from=-',
  '--from0',
  '-0',
  '--exclude-from=/etc/shadow',
  '--include-from=/etc/shadow',
  '--filter=.-/etc/shadow',
  '-f.-/etc/shadow',
  '-F',
  '-C',
  '--cvs-exclude',
  '--debug=ALL',
  '-L',
  '--copy-links',
  '-k',
  '--copy-dirlinks',
  '--copy-unsafe-links',
  '--copy-devices',
  '--write-devices',
  '--no-iconv',
  '--iconv=.',
  '-R',
  '--relative',
  '--no-implied-dirs',
  '--confine-root=/',
  '--insecure-links',
  '--compress-threads=256',
  '--max-alloc=0',
  '--temp-dir=/tmp',
  '-T',
  '--partial-dir=x',
  '--backup-dir=/tmp',
  '--link-dest=/tmp',
  '--delete',
  '--fake-super',
  '--super',
  '--open-noatime',
  '--timeout',
  '--suffix',
  '--suffix=../x',
  '--suffix=..',
  '--append',
  '--append --append --append',
  '-B',
  '-v.',
  '-vs',
  '-lLr',
  ';id',
  '; id',
  '|sh',
  '$(id)',
  '`id`',
  '&& id',
  '>x',
  "'",
  '"',
  '\\',
  '{a,b}',
  '[0-9]',
  '?',
  '/../',
  '/./',
  '//',
  '2026-11-20',
  '2026-02-30',
  '2026-13-01',
  'backup',
  'host::module',
  'rsync://host/module',
];

/** The last two are what becomes of a byte that is no UTF-8, and an invisible space. */
const oddCharacters = [
  '\n',
  '\r',
  '\t',
  '\0',
  '\x1b',
  '\x7f',
  '\x80',
  '\xe9',
  '\u017f',
  '\u2028',
  '\u{1f600}',
  '\ufffd',
  '\u00a0',
];

type Mutation = (line: string) => string;

function at(position: number, length: number): number {
  return Math.floor(position * (length + 1));
}

/**
 * A place in a line as a fraction of its length, so that one Arbitrary serves lines of any length. Without
 * noBias most of the places would be the two ends.
 */
const place = fc.noBias(fc.nat(65_535)).map((position) => position / 65_536);
const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));

function onWords(change: (words: string[]) => string[]): Mutation {
  return (line) => change(line.split(' ')).join(' ');
}

const spliced: fc.Arbitrary<Mutation> = fc
  .tuple(place, fc.oneof(fc.constantFrom(...dangerous), optionWord, printable))
  .map(([position, word]) => onWords((words) => words.toSpliced(at(position, words.length), 0, word)));

const appended: fc.Arbitrary<Mutation> = fc
  .tuple(fc.constantFrom('', ' ', '/', '  '), fc.oneof(fc.constantFrom(...dangerous), optionWord))
  .map(
    ([between, word]) =>
      (line) =>
        `${line}${between}${word}`,
  );

const characterMutation: fc.Arbitrary<Mutation> = fc
  .tuple(
    place,
    fc.oneof(
      { weight: 3, arbitrary: printable },
      { weight: 1, arbitrary: fc.constantFrom(...oddCharacters) },
    ),
    fc.constantFrom('insert', 'delete', 'replace', 'duplicate', 'swap'),
  )
  .map(([position, character, kind]) => (line) => {
    const index = at(position, line.length);
    const before = line.slice(0, index);
    const after = line.slice(index);
    if (kind === 'insert') return before + character + after;
    if (kind === 'delete') return before + after.slice(1);
    if (kind === 'replace') return before + character + after.slice(1);
    if (kind === 'duplicate') return before + after.slice(0, 1) + after;
    return before + after.slice(1, 2) + after.slice(0, 1) + after.slice(2);
  });

const wordMutation: fc.Arbitrary<Mutation> = fc
  .tuple(
    place,
    place,
    fc.constantFrom('delete', 'duplicate', 'swap', 'replace'),
    fc.constantFrom(...dangerous),
  )
  .map(([one, other, kind, word]) =>
    onWords((words) => {
      const index = at(one, words.length - 1);
      const second = at(other, words.length - 1);
      const here = words[index] ?? '';
      if (kind === 'delete') return words.toSpliced(index, 1);
      if (kind === 'duplicate') return words.toSpliced(index, 0, here);
      if (kind === 'replace') return words.with(index, word);
      return words.with(index, words[second] ?? '').with(second, here);
    }),
  );

const truncated: fc.Arbitrary<Mutation> = fc.tuple(place, fc.boolean()).map(
  ([position, fromTheEnd]) =>
    (line) =>
      fromTheEnd ? line.slice(0, at(position, line.length)) : line.slice(at(position, line.length)),
);

const changedCase: fc.Arbitrary<Mutation> = fc
  .tuple(place, fc.nat(12))
  .map(([position, length]) => (line) => {
    const index = at(position, line.length);
    const part = line.slice(index, index + length + 1);
    const turned = part === part.toUpperCase() ? part.toLowerCase() : part.toUpperCase();
    return line.slice(0, index) + turned + line.slice(index + length + 1);
  });

/** Everything up to the path is kept, so that it is the path which has to be refused. */
const changedPath: fc.Arbitrary<Mutation> = fc
  .constantFrom<(path: string) => string>(
    (path) => path.replace(/[^/]+\/?$/, ''),
    (path) => path.replace(/\/[^/]+\/?$/, ''),
    (path) => path.slice(1),
    (path) => `/${path}`,
    (path) => `/x${path}`,
    (path) => `/..${path}`,
    (path) => path.replace(/\/(?=[^/]+\/?$)/, 'x/'),
    (path) => path.replace(/\/(?=[^/]+\/?$)/, '//'),
    (path) => path.replace(/\/(?=[^/]+\/?$)/, '/./'),
    (path) => path.replace(/\/(?=[^/]+\/?$)/, '/.work/'),
    (path) => path.replace(/-\d\d(?=-)/, '-13'),
    (path) => path.replace(/-\d\d(?=-)/, '-00'),
    (path) => path.replace(/-\d\d(?=-)/, '-02'),
    (path) => path.replace(/\d\d(?=\/?$)/, '31'),
    (path) => path.replace(/\d\d(?=\/?$)/, '30'),
    (path) => path.replace(/\d\d(?=\/?$)/, '00'),
    (path) => path.replace(/\d\d(?=\/?$)/, '32'),
    (path) => path.replace(/-0/g, '-'),
    (path) => path.replace(/-/g, ''),
    (path) => path.replace(/\/?$/, '//'),
    (path) => path.replace(/\/?$/, '/.'),
    (path) => path.replace(/\/?$/, '/..'),
    (path) => path.replace(/\/?$/, '/files'),
    (path) => path.replace(/\/?$/, '*'),
    (path) => `${path} ${path}`,
    (path) => `host:${path}`,
  )
  .map((change) => (line) => line.replace(/[^ ]*$/, (path) => change(path)));

/** Around the limit rather than far beyond it, in a word that is allowed, or in front of the line. */
const padded: fc.Arbitrary<Mutation> = fc
  .tuple(fc.noBias(fc.integer({ min: maximumLength - 20, max: maximumLength + 20 })), fc.boolean())
  .map(([length, allowed]) => (line) => {
    if (!allowed) return line.padEnd(length, '/');
    const word = ` -${'v'.repeat(Math.max(1, length - line.length - 2))}`;
    return line.replace(/^rsync --server --sender/, (words) => words + word);
  });

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 6, arbitrary: characterMutation },
  { weight: 5, arbitrary: spliced },
  { weight: 4, arbitrary: wordMutation },
  { weight: 4, arbitrary: changedPath },
  { weight: 3, arbitrary: appended },
  { weight: 1, arbitrary: truncated },
  { weight: 1, arbitrary: changedCase },
  { weight: 1, arbitrary: padded },
);

/**
 * Allowed lines that one to four small changes were made to. Most are no longer allowed and a few still are:
 * lines as near to the border as this are what tells two recognisers apart.
 */
export function mutate(lines: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(lines, fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([line, mutations]) => mutations.reduce((changed, change) => change(changed), line));
}
