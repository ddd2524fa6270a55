import type { BytePath } from 'path-stream';
import { classify } from './classify.ts';
import type { OwnedNode } from './owned.ts';

/** Where Python keeps what it has compiled (PEP 3147), as a key of a listing. */
export const bytecodeDirectory = '__pycache__/';

const cached = /^(.+)\.(?:cpython|pypy)-?\d+(?:\.opt-[12])?\.pyc$/;
/** The name of the source of byte code, beside the directory for that. Undefined for other names. */
export function sourceName(name: BytePath): BytePath | undefined {
  const stem = cached.exec(name)?.[1];
  return stem === undefined ? undefined : `${stem}.py`;
}

/** The same for whole paths. What lies elsewhere, Python does not make by itself. */
export function sourcePath(path: BytePath): BytePath | undefined {
  const slash = path.lastIndexOf('/') + 1;
  const directory = path.slice(0, slash);
  const source = sourceName(path.slice(slash));
  if (source === undefined || !directory.endsWith(`/${bytecodeDirectory}`)) return undefined;
  return directory.slice(0, -bytecodeDirectory.length) + source;
}

/** Whether Python makes the byte code again from what a package brings: from a source that is as the package has it. */
export function isRegenerable(source: OwnedNode | undefined, verified: boolean): boolean {
  return source !== undefined && classify('file', source, verified) === 'intact';
}
