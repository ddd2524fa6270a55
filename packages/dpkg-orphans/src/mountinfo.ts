import type { BytePath } from 'path-stream';
import { unescapeOctal } from './octal.ts';

const pseudo = new Set(
  (
    'autofs bdev binder binfmt_misc bpf cgroup cgroup2 configfs cpuset debugfs devpts devtmpfs efivarfs fusectl ' +
    'hugetlbfs mqueue nsfs pipefs proc pstore ramfs resctrl rpc_pipefs securityfs selinuxfs smackfs sockfs sysfs ' +
    'tmpfs tracefs'
  ).split(' '),
);
const network = /^(?:nfs4?|cifs|smb3|smbfs|afs|ceph|glusterfs|lustre|9p|virtiofs|coda|ncpfs|fuse|fuse\..*)$/;

/** Why a walk does not enter a mount point. */
export interface SkippedMount {
  readonly why: string;
  /** For a bind mount: the other path of the same directory. It is skipped only where that one is walked. */
  readonly shownAt?: BytePath;
  /** For an overlay: the directories it is made of. It is skipped only where all of them are walked. */
  readonly layers?: readonly BytePath[];
}

export type SkippedMounts = ReadonlyMap<BytePath, SkippedMount>;

interface Mount {
  readonly device: string;
  /** The directory of the file system that is mounted. */
  readonly root: BytePath;
  readonly point: BytePath;
  readonly type: string;
  /** What an overlay is made of. */
  readonly layers: readonly BytePath[] | undefined;
}

/**
 * Decides on the lines of proc(5)'s mountinfo. The last mount on a point is the one that is seen. With `oneFileSystem` no
 * mount is entered.
 */
export function skippedMounts(mountinfo: string, oneFileSystem = false): SkippedMounts {
  const seen = new Map<BytePath, Mount>();
  for (const line of mountinfo.split('\n')) {
    const mount = parseMount(line);
    if (mount) seen.set(mount.point, mount);
  }
  const skipped = new Map<BytePath, SkippedMount>();
  const walked: Mount[] = [];
  for (const mount of [...seen.values()].sort((a, b) => a.root.length - b.root.length)) {
    const original = walked.find(
      (other) => other.device === mount.device && contains(other.root, mount.root),
    );
    if (oneFileSystem) skipped.set(mount.point, { why: `a mounted ${mount.type} file system` });
    else if (pseudo.has(mount.type) || network.test(mount.type))
      skipped.set(mount.point, { why: `a ${mount.type} file system` });
    else {
      const shownAt = original === undefined ? mount.point : placeIn(original, mount);
      if (shownAt !== mount.point) skipped.set(mount.point, { why: `a bind mount of ${shownAt}`, shownAt });
      else {
        walked.push(mount);
        if (mount.layers !== undefined)
          skipped.set(mount.point, { why: `an overlay of ${mount.layers.join(', ')}`, layers: mount.layers });
      }
    }
  }
  return skipped;
}

/** Where one mount shows the directory that is the root of another. */
function placeIn(original: Mount, { root }: Mount): BytePath {
  const below = root.slice(original.root === '/' ? 0 : original.root.length);
  return `${original.point === '/' ? '' : original.point}${below}`.replace(/\/$/, '') || '/';
}

function parseMount(line: string): Mount | undefined {
  const [, , device, root, point, ...rest] = line.split(' ');
  const [type, , options = ''] = rest.slice(rest.indexOf('-') + 1);
  if (!device || !root || !point || !type) return undefined;
  const layers = [...options.matchAll(/(?:^|,)(?:upper|lower)dir=([^,]+)/g)]
    .flatMap(([, list = '']) => list.split(':'))
    .filter((layer) => layer !== '');
  return {
    device,
    root: unescapeOctal(root),
    point: unescapeOctal(point),
    type,
    layers: type === 'overlay' && layers.length > 0 ? layers.map(unescapeOctal) : undefined,
  };
}

function contains(outer: BytePath, inner: BytePath): boolean {
  return outer === '/' || inner === outer || inner.startsWith(`${outer}/`);
}
