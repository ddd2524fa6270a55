"""A first date, one after 1 % of a tree has changed, and more such rounds: what each costs, beside restic, bare pipelines, and the way of 2010."""

import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import astuple, dataclass

import tree
from measure import BYTES, FILES, REPEAT, ROUNDS, TAR, Cost, EncryptTar, have, median, ratio, run, workspace

OURS, BARE, RESTIC, IN_2010, LISTED = EncryptTar.name, 'tar | zstd | age', 'restic', 'tar | ccrypt', 'tar -g | zstd | age'


@dataclass
class Figures:
    new: int  # bytes that this date has and none before it
    transferred: int  # bytes of the files that rsync takes for it
    received: int  # all bytes that rsync receives for it
    kept: int  # bytes of all that has to be kept for it to be restored
    archives: int | None = None
    dead: int | None = None  # bytes in archives that the date no longer needs


class Pull:
    """rsync as a puller runs it, without a network: what it starts instead of ssh runs the other side here."""

    def __init__(self, work):
        self.shell = work / 'shell'
        self.shell.write_text('#!/bin/sh\nshift\nexec sh -c "$*"\n')
        self.shell.chmod(0o755)

    def __call__(self, source, target, *options):
        command = ['rsync', '-a', '--stats', '-e', self.shell, *options, f'host:{source}/', f'{target}/']
        stats = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return [int(re.search(rf'{name}: ([\d,]+)', stats)[1].replace(',', '')) for name in ('Total transferred file size', 'Total bytes received')]


class Ours(EncryptTar):
    """With the two last dates kept, by the host and by the puller."""

    def __init__(self, work, pull):
        self.pulled, self.pull, self.sizes = work / 'pulled', pull, {}
        super().__init__(work)

    def clear(self):
        super().clear()
        shutil.rmtree(self.pulled, ignore_errors=True)
        self.pulled.mkdir()

    def figures(self, number):
        date = self.date(number)
        transferred, received = self.pull(date, self.pulled / date.name, f'--link-dest=../{self.date(number - 1).name}')
        files = [path.stat() for path in date.iterdir()]
        new, kept = sum(file.st_size for file in files if file.st_nlink == 1), sum(file.st_size for file in files)
        dead = self.dead(number)
        for directory in self.dates, self.pulled:
            shutil.rmtree(directory / self.date(number - 2).name, ignore_errors=True)
        return Figures(new, transferred, received, kept, len(self.archives(number)), dead)

    def dead(self, number):
        """By what the archives hold and the tree has, not by what the index says: a path is alive in the last archive that has it."""
        archives = [self.members(archive) for archive in self.archives(number)]
        alive = {path: size for members in archives for path, size in members.items() if os.path.lexists(f'/{path}')}
        return sum(sum(members.values()) for members in archives) - sum(alive.values())

    def members(self, archive):
        """Path -> size of each member; an archive is opened once, and known by its inode when a later date has it."""
        at = archive.stat()
        identity = at.st_ino, at.st_mtime_ns, at.st_size
        if identity not in self.sizes:
            opened = subprocess.Popen(['sh', '-c', 'age -d -i "$0" "$1" | zstd -dq', self.key, archive], stdout=subprocess.PIPE)
            with opened, tarfile.open(fileobj=opened.stdout, mode='r|', bufsize=1 << 20, errors='surrogateescape') as tar:
                self.sizes[identity] = {member.name: member.size for member in tar}
        return self.sizes[identity]


class Restic:
    """A repository of its own, never pruned, and all of it pulled."""

    name = RESTIC

    def __init__(self, work, pull):
        self.directory, self.pull, self.before = work / 'restic', pull, 0
        self.clear()

    def restic(self, arguments, **variables):
        command = 'restic -q -r "$DIR/repository" --password-file "$DIR/password" --cache-dir "$DIR/cache" '
        return run(command + arguments, DIR=self.directory, **variables)

    def clear(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        (self.directory / 'password').write_text('password\n')
        self.restic('init')
        self.before = 0

    def backup(self, root, _number):
        return self.restic('backup "$TREE"', TREE=root)

    def figures(self, _number):
        repository = self.directory / 'repository'
        transferred, received = self.pull(repository, self.directory / 'pulled')
        size = sum(path.stat().st_size for path in repository.rglob('*') if path.is_file())
        new, self.before = size - self.before, size
        return Figures(new, transferred, received, size)


class OneFile:
    """A pipeline that writes one file a date. rsync takes all of it each time: it has a new name, and two ciphertexts have nothing in common."""

    def __init__(self, work, name, command, every_round=False):
        self.name, self.command, self.every_round = name, command, every_round
        self.directory, self.recipients = work / re.sub(r'\W+', '-', name), work / 'recipients'
        self.clear()

    def clear(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        (self.directory / 'key').write_text('password\n')
        self.before = 0

    def backup(self, root, number):
        return run(f'{self.command} >"$DIR/file"', DIR=self.directory, RECIPIENTS=self.recipients, ROOT=root.parent, TREE=root.name)

    def figures(self, _number):
        size = (self.directory / 'file').stat().st_size
        self.before = self.before + size if self.every_round else size
        return Figures(size, size, size, self.before, 1)


def tools(work):
    pull = Pull(work)
    seal = 'zstd -3 -T0 -q | age -R "$RECIPIENTS"'
    found = [Ours(work, pull), OneFile(work, BARE, f'{TAR} -C "$ROOT" -c "$TREE" | {seal}')]
    if have('restic', 'restic'):
        found.append(Restic(work, pull))
    if have('ccrypt', 'ccrypt'):
        found.append(OneFile(work, IN_2010, f'{TAR} -C "$ROOT" -c "$TREE" | ccrypt -e -k "$DIR/key"'))
    # It has no list of paths, and no date of it is a full backup: for orientation.
    found.append(OneFile(work, LISTED, f'{TAR} -C "$ROOT" --listed-incremental="$DIR/snar" -c "$TREE" | {seal}', every_round=True))
    return found


def table(title, rows):
    print(f'\n{title}')
    print(f'  {"":20}  wall s   cpu s    new MB  files MB  wire MB   kept MB  archives  dead MB')
    for name, (cost, figures) in rows.items():
        new, transferred, received, kept, archives, dead = astuple(figures)
        print(
            f'  {name:20} {cost.wall:7.2f} {cost.cpu:7.2f} {new / 1e6:9.2f} {transferred / 1e6:9.2f} {received / 1e6:8.2f} {kept / 1e6:9.1f}'
            f' {"-" if archives is None else archives:>9} {"-" if dead is None else f"{dead / 1e6:.1f}":>8}'
        )


def ratios(rows, *peers):
    for name in peers:
        if name in rows:
            (cost, figures), (peer_cost, peer_figures) = rows[OURS], rows[name]
            pulled = ratio(figures.received, peer_figures.received)
            print(f'  wall {ratio(cost.wall, peer_cost.wall)}, cpu {ratio(cost.cpu, peer_cost.cpu)}, pulled {pulled} of {name}')


def added(rounds, name):
    """The sums of the rounds; what is a state and not a cost is that of the last one."""
    costs, figures = zip(*(rows[name] for rows in rounds))
    pulled = [sum(getattr(each, field) for each in figures) for field in ('new', 'transferred', 'received')]
    return Cost(sum(cost.wall for cost in costs), sum(cost.cpu for cost in costs)), Figures(*pulled, *astuple(figures[-1])[3:])


def main():
    with workspace(8 * BYTES, 4 * FILES) as work:
        root = work / 'tree'
        tree.make(root, FILES, BYTES)
        measured = tools(work)
        costs = {tool.name: [] for tool in measured}
        for _ in range(REPEAT):
            for tool in measured:  # in turn, so that noise is on all of them
                tool.clear()
                costs[tool.name].append(tool.backup(root, 0))
        rows = {tool.name: (median(costs[tool.name]), tool.figures(0)) for tool in measured}
        table(f'first run: {FILES} files, {BYTES / 1e6:.0f} MB (medians of {REPEAT})', rows)
        ratios(rows, BARE, RESTIC, IN_2010)

        rounds = []
        for number in range(1, ROUNDS + 2):
            changed = tree.change(root, number)
            rows = {}
            for tool in measured:
                # The whole once more costs what it cost in the round before.
                if number == 1 or not isinstance(tool, OneFile) or tool.every_round:
                    cost = tool.backup(root, number)
                    rows[tool.name] = cost, tool.figures(number)
            rounds.append(rows)
            table(f'round {number}: {changed}', rows)
            ratios(rows, RESTIC, *([BARE, IN_2010] if number == 1 else []))

        total = {name: added(rounds, name) for name in rounds[-1]}
        table(f'sums of {len(rounds)} rounds, each of 1 % scattered', total)
        ratios(total, RESTIC)


if __name__ == '__main__':
    main()
