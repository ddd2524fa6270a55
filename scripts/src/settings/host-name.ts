import { hostname } from 'node:os';
import type { Settings } from './schema.ts';

/** What this host is called in manifests, and by whoever speaks of them. */
export function hostName({ host }: Settings): string {
  return host ?? hostname();
}
