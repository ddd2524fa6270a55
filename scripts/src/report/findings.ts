import type { Outcome } from '../components/component.ts';
import type { Component } from '../date/manifest.ts';
import type { GivenOut } from '../run-record.ts';
import type { Selection } from '../selection/select.ts';
import type { RunReport } from './run-report.ts';

/** What is known of a run while it goes on: of one that fails, as far as it came. */
export interface Findings {
  selection?: Selection;
  annoying?: RunReport['annoying'];
  /** The number of the date that it makes. */
  sequence?: number;
  readonly components: Record<string, Component>;
  /** What nobody dumps: database servers, volumes. */
  readonly undumped: string[];
  /** Where its date went, once it has. */
  givenOut?: GivenOut;
  /** By the status, at the end. */
  last: RunReport['last'];
}

/** Keeps what a component says that nobody dumps. */
export function noteUndumped({ undumped }: Findings, outcome: Outcome): Outcome {
  undumped.push(...(outcome.undumped ?? []));
  return outcome;
}

export function noFindings(): Findings {
  return { components: {}, undumped: [], last: { pull: null, receipt: null, drill: null } };
}
