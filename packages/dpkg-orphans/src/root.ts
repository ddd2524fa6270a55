import { readlinkSync, realpathSync } from 'node:fs';
import { errorCode } from 'command-line';
import { type BytePath, toFs } from 'path-stream';

/** As many links as the kernel follows before it gives up (path_resolution(7)). */
const mostLinks = 40;

/** The tree that is worked on, as if its top were `/`. Paths are as they are inside of it, absolute, without `.` or `..`. */
export class Root {
  /** What is before an inside path to make it one of this process: empty for `/`. */
  readonly prefix: BytePath;

  /** Throws the system's error where the directory is not there. */
  constructor(directory: BytePath) {
    const real = realpathSync(toFs(directory), 'latin1');
    this.prefix = real === '/' ? '' : real;
  }

  /** The path for the kernel. Links on its way would lead out of the tree: see resolve. */
  outside(path: BytePath): BytePath {
    return this.prefix + path;
  }

  /** The same, in the form that node:fs takes. */
  fs(path: BytePath): string | Buffer {
    return toFs(this.prefix + path);
  }

  /** The target of a symbolic link; undefined for what is none, or not there. */
  readLink(path: BytePath): BytePath | undefined {
    try {
      return readlinkSync(this.fs(path), 'latin1');
    } catch (error) {
      if (['EINVAL', 'ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
      throw error;
    }
  }

  /**
   * The path with every link resolved as it is for a process whose root this is: `/` in a target is the top, and nothing is
   * above that. What is not there stays as it is. Throws ELOOP where links lead in a circle.
   */
  resolve(path: BytePath): BytePath {
    const names = path.split('/').reverse();
    let real = '';
    let links = 0;
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        real = real.slice(0, real.lastIndexOf('/'));
        continue;
      }
      const target = this.readLink(`${real}/${name}`);
      if (target === undefined) real += `/${name}`;
      else {
        links += 1;
        if (links > mostLinks) throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
        if (target.startsWith('/')) real = '';
        names.push(...target.split('/').reverse());
      }
    }
    return real === '' ? '/' : real;
  }

  /** The path with the links on its way resolved, and the last name as it is: what lstat(2) looks at. */
  resolveParent(path: BytePath): BytePath {
    const slash = path.lastIndexOf('/');
    const parent = this.resolve(path.slice(0, slash + 1));
    return `${parent === '/' ? '' : parent}${path.slice(slash)}`;
  }
}
