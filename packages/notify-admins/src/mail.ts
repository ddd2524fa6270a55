/** A mail as it goes out, and for whom. */
export interface Mail {
  /** Its Message-ID, in angle brackets. */
  readonly id: string;
  readonly from: string;
  /** Who has not got it yet. */
  readonly to: readonly string[];
  /** RFC 5322, with CRLF. */
  readonly raw: Buffer;
}

/** Why somebody did not get a mail. */
export interface Refusal {
  readonly recipient: string;
  /** May have what a server said: to be escaped. */
  readonly why: string;
  /** Whether trying again is no use until somebody changes something. */
  readonly permanent: boolean;
  readonly hint?: string;
}

/** A way to hand a mail over. */
export interface Transport {
  /** For messages. */
  readonly name: string;
  /** Tries once, until `stop` aborts. Resolves with who was refused: with everybody where it came to nothing. */
  send(mail: Mail, stop: AbortSignal): Promise<Refusal[]>;
}

/** The same for everybody. */
export function refuseAll(mail: Mail, refusal: Omit<Refusal, 'recipient'>): Refusal[] {
  return mail.to.map((recipient) => ({ ...refusal, recipient }));
}
