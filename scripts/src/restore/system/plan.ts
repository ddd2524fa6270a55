import { keyOf, type Offers, type Package } from './records.ts';

/** What is to be done for a machine to have a backup's packages. */
export interface Plan {
  /** Operands for apt-get install: names, with a version where that very version is offered. */
  readonly install: readonly string[];
  /** Installed in the backup, not here, and not offered in any version. */
  readonly unavailable: readonly Package[];
}

/** Compares what a backup had installed with what is, and with what apt offers. */
export function planPackages(
  wanted: readonly Package[],
  present: readonly Package[],
  offers: Offers,
  native: string,
): Plan {
  const here = new Map(present.filter(isInstalled).map((one) => [keyOf(one), one]));
  const needed = wanted.filter(isInstalled);
  const missing = needed.filter((one) => here.get(keyOf(one))?.version !== one.version);
  const offered = (one: Package): readonly string[] => offersOf(one, offers, native);
  return {
    install: missing
      .filter((one) => offered(one).length > 0)
      .map((one) => operand(one, offered(one).includes(one.version))),
    unavailable: missing.filter((one) => offered(one).length === 0 && !here.has(keyOf(one))),
  };
}

/** The versions of a package that apt offers. Packages for all architectures are in the index of each. */
export function offersOf(one: Package, offers: Offers, native: string): readonly string[] {
  const architecture = one.architecture === 'all' ? native : one.architecture;
  return offers.get(keyOf({ name: one.name, architecture })) ?? [];
}

/** What apt-get takes for a package. */
export function operand(one: Package, exact: boolean): string {
  const name = one.architecture === 'all' ? (one.name.split(':')[0] ?? '') : keyOf(one);
  return exact ? `${name}=${one.version}` : name;
}

export function isInstalled({ state }: Package): boolean {
  return state === 'installed';
}
