"""The last of some dates, restored by encrypt-tar and by stock commands from the same archives."""

import shutil
import subprocess
import sys

import tree
from measure import BYTES, FILES, REPEAT, EncryptTar, median, ratio, run, workspace

LAST = 3
STOCK = r"""cd "$DATE" && for archive in *.tar.*; do
    age -d -i "$KEY" "$archive" | zstd -dq | tar -x -p --numeric-owner --acls --xattrs --xattrs-include='*' -C "$TO" || exit
done"""


def main():
    with workspace(5 * BYTES, 3 * FILES) as work:
        root, to = work / 'tree', work / 'restored'
        tree.make(root, FILES, BYTES)
        ours = EncryptTar(work)
        for number in range(LAST + 1):
            if number > 0:
                tree.change(root, number)
            ours.backup(root, number)

        def restore(command):
            shutil.rmtree(to, ignore_errors=True)
            to.mkdir()
            return run(command, KEY=ours.key, DATE=ours.date(LAST), TO=to)

        stock, mine = [], []
        for _ in range(REPEAT):
            stock.append(restore(STOCK))
            mine.append(restore('node "$ENCRYPT_TAR" -q --extract -i "$KEY" --to "$TO" -d "$DATE"'))
        stock, mine = median(stock), median(mine)
        print(f'encrypt-tar --extract, {FILES} files, {BYTES / 1e6:.0f} MB: {mine.wall:.2f} s wall, {mine.cpu:.2f} s cpu (medians of {REPEAT})')
        print(f'  wall {ratio(mine.wall, stock.wall)}, cpu {ratio(mine.cpu, stock.cpu)} of age -d | zstd -d | tar -x ({stock.wall:.2f} s)')
        compare = ['rsync', '-aniHc', '--delete', f'{root}/', f'{to}{root}/']
        differing = subprocess.run(compare, check=True, capture_output=True, text=True).stdout.splitlines()
        if differing:
            sys.exit('\n  '.join([f'bench: {len(differing)} paths restored by encrypt-tar are not as they were:', *differing[:10]]))


if __name__ == '__main__':
    main()
