import fc from 'fast-check';

/** One of the texts in a list, between bars. */
const among = (list: string) => fc.constantFrom(...list.split('|'));

/** Names of files, bytes in latin-1 strings: few letters, so that rules and names often meet, and what rules give a meaning to. */
const plain = fc.stringMatching(/^[ab]{1,3}$/);
const odd = among(
  'a b| a|a |a\n|a\r|a\\|\\a|\\|[a]|a]|]|[|a-b|-|^|!|!a|#|#a|*|a*|**|?|.a|a.b|..a|A|B|1|19|\xe9|a\xff|\x80b|\x7f|\t|:a|{a,b}|a.log|~',
);
export const name = fc.oneof({ weight: 3, arbitrary: plain }, odd);

export const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'));

const member = fc.oneof(
  among(
    'a|b|a-b|b-a|a-|-a|-|--a|a-b-z|!|^|\\]|\\\\|\\a-b|a-\\b|/|\xe9|\x80-\xff|[|[:|*|?| |+--|0-9A-F|[:]|[::]|[a-[:alpha:]',
  ),
  among('alpha|digit|upper|space|punct|cntrl|alnum|print|graph|lower|blank|xdigit|nope').map(
    (it) => `[:${it}:]`,
  ),
  fc.constant('[:alpha:]-z'),
);
const byteClass = fc
  .tuple(among('||!|^'), among('|||]'), fc.array(member, { maxLength: 3 }))
  .map(([negation, first, members]) => `[${negation}${first}${members.join('')}]`);
const unclosed = among('[|[a|[!|[]|[[:alpha:]|[a-|[\\]');
const quoted = fc.oneof(name, among('*|?|[|#|!| |/|\\|\xe9')).map((text) => `\\${text}`);
const stars = among('*|*|**|**|***|?');

/** A piece of a rule; slashes come from here as well, so that stars meet them in every way. */
const piece = fc.oneof(
  { weight: 8, arbitrary: name },
  { weight: 8, arbitrary: stars },
  { weight: 8, arbitrary: fc.constant('/') },
  { weight: 2, arbitrary: byteClass },
  { weight: 2, arbitrary: quoted },
  { weight: 1, arbitrary: among('\\/|/**/|**/|/**|**\\/|*/**| |\\ ') },
);
const pieces = fc.array(piece, { minLength: 1, maxLength: 4 }).map((all) => all.join(''));

/** What comes in the place of a byte of a path so that it still matches, or nearly: `.` in it is that byte. */
const change = fc.oneof(
  { weight: 12, arbitrary: fc.constant('.') },
  { weight: 5, arbitrary: stars },
  { weight: 2, arbitrary: stars.map((by) => `.${by}`) },
  { weight: 1, arbitrary: byteClass },
  { weight: 2, arbitrary: among('\\.|[.]|[!.]|[ -.]|[x.-]') },
);
const slashChange = fc.oneof(
  { weight: 6, arbitrary: fc.constant('/') },
  { weight: 4, arbitrary: among('/**/|**/|/**|*/|/*|/*/|/**/*/|**/**/|/**/**/|***/') },
  { weight: 2, arbitrary: among('\\/|**\\/|/**\\/|*\\/|\\/**/|//|**//|/*/**|**/*|**/**') },
);

/** A rule made from a path that exists, or from its beginning or end. */
function fromOneOf(paths: readonly string[]) {
  return fc
    .tuple(
      fc.constantFrom(...paths),
      fc.nat(2),
      fc.nat(1),
      fc.array(change, { maxLength: 10 }),
      fc.array(slashChange, { minLength: 5, maxLength: 5 }),
    )
    .map(([text, skipped, dropped, changes, slashes]) => {
      const names = text.split('/');
      const some = names.slice(
        Math.min(skipped, names.length - 1),
        Math.max(skipped + 1, names.length - dropped),
      );
      const changed = some
        .join('/')
        .replace(/[^/]/g, (byte, at: number) => (changes[at] ?? '.').replace('.', () => byte));
      return changed.replace(/\//g, (_, at: number) => slashes[at % slashes.length] ?? '/');
    });
}

function line(paths: readonly string[]) {
  return fc
    .tuple(
      among('||||!|!|#|\\!|\\#'),
      among('|||/|/|**/|/**/|*/'),
      fc.oneof({ weight: 9, arbitrary: fromOneOf(paths) }, { weight: 3, arbitrary: pieces }),
      among('||||||/|/|/**|/*|**|*|//'),
      fc.oneof({ weight: 7, arbitrary: fc.constant('') }, among(' |  |\\ |\\  |\r| \r|\r\r|\\')),
    )
    .map((parts) => parts.join(''));
}

/** A rule file about paths that exist. */
export function ruleFile(paths: readonly string[]) {
  const odd = fc.oneof(unclosed, among('| |\r|#|/|!|!/|//'));
  const some = fc.array(fc.oneof({ weight: 15, arbitrary: line(paths) }, odd), {
    minLength: 1,
    maxLength: 12,
  });
  return fc.tuple(among('|||\xef\xbb\xbf'), some).map(([mark, lines]) => mark + lines.join('\n'));
}
