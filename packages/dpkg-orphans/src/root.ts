import { readlinkSync, realpathSync } from 'node:fs';
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

  /** The target of a symbolic link; undefined for what is none, or not there, or cannot be read. */
  readLink(path: BytePath): BytePath | undefined {
    try {
      return readlinkSync(this.fs(path), 'latin1');
    } catch {
      return undefined; // whoever goes on from there hears why that does not work
    }
  }

  /**
   * The path with every link resolved as it is for a process whose root this is: `/` in a target is the top, and nothing is
   * above that. What is not there stays as it is. Throws ELOOP where links lead in a circle. `onLink` hears of each on the way.
   */
  resolve(path: BytePath, onLink?: (link: BytePath) => void): BytePath {
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
        onLink?.(`${real}/${name}`);
        if (links > mostLinks) throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
        if (target.startsWith('/')) real = '';
        names.push(...target.split('/').reverse());
      }
    }
    return real === '' ? '/' : real;
  }

  /** The same; undefined where links lead in a circle. */
  tryResolve(path: BytePath): BytePath | undefined {
    try {
      return this.resolve(path);
    } catch {
      return undefined;
    }
  }
}
