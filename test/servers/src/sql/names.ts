/** Names that are hard to carry through command lines, connection strings, URLs, SQL and file names. */
export const awkwardNames: readonly string[] = [
  'with space',
  'double"quote',
  "single'quote",
  'back`tick',
  'back\\slash\\',
  'grüße ☃ 漢',
  'UPPER Case',
  'per%cent%41%s',
  '-leading',
  'host=nowhere dbname=other',
  'postgresql:///other',
  '$(touch x); $HOME',
  '*.?[a-z]|(a)',
  '../up/and/down',
  '#comment -- comment',
  'tab\tand\nnewline',
];
