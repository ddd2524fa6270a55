/** A part of a mail, the same for its text and its HTML. All strings are inert; `commands` are to be copied as they are. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly heading: string }
  | { readonly paragraph: string }
  | { readonly commands: readonly string[] }
  | { readonly list: readonly string[] }
  | { readonly table: Table };

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers, by place. */
  readonly numbers: readonly number[];
}

/** All that a mail says. */
export interface MailContent {
  /** For a glance: how it went. */
  readonly verdict: 'ok' | 'look' | 'bad';
  readonly headline: string;
  readonly sections: readonly Section[];
}
