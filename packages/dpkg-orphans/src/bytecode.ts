import type { BytePath } from 'path-stream';
import { classify } from './classify.ts';
import type { OwnedNode } from './owned.ts';

/** Where Python keeps what it has compiled (PEP 3147), as a key of a listing. */
export const bytecodeDirectory = '__pycache__/';

const cached = /^(.+)\.(?:cpython|pypy)-?\d+(?:\.opt-[12])?\.pyc$/;
const beside = /^(.+)\.py[co]$/;

/** The name of the source of byte code; `isCached` is for names in the directory for it. Undefined for other names. */
export function sourceName(name: BytePath, isCached: boolean): BytePath | undefined {
  const stem = (isCached ? cached : beside).exec(name)?.[1];
  return stem === undefined ? undefined : `${stem}.py`;
}

/** The same for whole paths. */
export function sourcePath(path: BytePath): BytePath | undefined {
  const slash = path.lastIndexOf('/') + 1;
  const directory = path.slice(0, slash);
  const isCached = directory.endsWith(`/${bytecodeDirectory}`);
  const source = sourceName(path.slice(slash), isCached);
  if (source === undefined) return undefined;
  return (isCached ? directory.slice(0, -bytecodeDirectory.length) : directory) + source;
}

/** Whether Python makes the byte code again from what a package brings: from a source that is as the package has it. */
export function isRegenerable(source: OwnedNode | undefined, verified: boolean): boolean {
  return source !== undefined && classify('file', source, verified) === 'intact';
}
