"""A tree of very many small files, of which 0.1 % has changed: the second run beside `find -printf`, and memory."""

import shutil

import tree
from measure import MANY, REPEAT, EncryptTar, Peak, median, ratio, run, workspace

# As much of each path as its fingerprint has.
FIND = r"""find "$TREE" -printf '%y %m %U %G %s %T@ %C@ %D %i %n %l %p\0' | cat >/dev/null"""


def report(name, peak):
    print(f'  peak memory, {name}: {peak.node / 1e6:.0f} MB encrypt-tar alone, {peak.together / 1e6:.0f} MB all processes of the pipeline')


def main():
    with workspace(8000 * MANY, MANY + MANY // 50) as work:
        root = work / 'tree'
        tree.make_many(root, MANY)
        ours = EncryptTar(work)
        peak = Peak()
        first = ours.backup(root, 0, peak)
        print(f'first run: {MANY} files: {first.wall:.1f} s wall, {first.cpu:.1f} s cpu')
        report('first run', peak)

        tree.change_many(root, MANY)
        kept = work / 'kept'
        if ours.state.exists():
            shutil.copy2(ours.state, kept)

        def again(peak=None):
            shutil.rmtree(ours.date(1), ignore_errors=True)
            if kept.exists():
                shutil.copy2(kept, ours.state)
            return ours.backup(root, 1, peak)

        found, second = [], []
        run(FIND, TREE=root)  # once, for the caches
        for _ in range(REPEAT):
            found.append(run(FIND, TREE=root))
            second.append(again())
        find_, mine = median(found), median(second)
        print(f'second run, 0.1 % changed: {mine.wall:.2f} s wall, {mine.cpu:.2f} s cpu (medians of {REPEAT})')
        print(f'  wall {ratio(mine.wall, find_.wall)} of find -printf ({find_.wall:.2f} s)')
        peak = Peak()
        again(peak)  # by itself: to look costs time
        report('second run', peak)


if __name__ == '__main__':
    main()
