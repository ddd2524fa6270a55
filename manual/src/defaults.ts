// Where the default is no fixed value, a description has it in brackets at its end: "[default: today]", or "[600]".
const bracket = / \[(?:default: )?([^\]]*)\]$/;

/** The default that a description ends with. */
export function defaultIn(text: string): string | undefined {
  return bracket.exec(text)?.[1];
}

export function withoutDefault(text: string): string {
  return text.replace(bracket, '');
}

/** What holds where nothing is given; nothing where there is no such thing. */
export function defaultSentence(value: string | number | undefined): string {
  if (value === undefined) return '';
  return /^\S+$/.test(`${value}`) ? `The default is \`${value}\`.` : `The default is ${value}.`;
}
