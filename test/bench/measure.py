"""What the benches of archives share: a place to work, costs of a command, and the commands that they compare. Sizes are set by environment:
BENCH_FILES and BENCH_BYTES of the tree, BENCH_ROUNDS of changes, BENCH_REPEAT of what can be repeated, BENCH_MANY files of the large tree;
BENCH_WHOLE=1 leaves the reuse out: every date is made anew."""

import contextlib
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

FILES = int(os.environ.get('BENCH_FILES', 40_000))
BYTES = int(os.environ.get('BENCH_BYTES', 2_000_000_000))
ROUNDS = int(os.environ.get('BENCH_ROUNDS', 10))
REPEAT = int(os.environ.get('BENCH_REPEAT', 3))
MANY = int(os.environ.get('BENCH_MANY', 1_000_000))
REUSE = 'BENCH_WHOLE' not in os.environ
ENCRYPT_TAR = Path(__file__).parents[2] / 'packages/encrypt-tar/dist/encrypt-tar'
# The options of encrypt-tar's own tar, so that its peers store as much as it does.
TAR = 'tar --format=posix --numeric-owner --acls --xattrs --sparse'


@contextlib.contextmanager
def workspace(size, files):
    """A directory for all that a bench writes, removed whatever ends it. Not in /tmp, which may be memory."""
    for each in signal.SIGTERM, signal.SIGHUP:
        signal.signal(each, lambda number, _: sys.exit(128 + number))
    parent = os.environ.get('TMPDIR', '/var/tmp')
    at = os.statvfs(parent)
    if at.f_bavail * at.f_frsize < size or (at.f_files > 0 and at.f_favail < files):
        sys.exit(f'bench: {parent}: needs {size // 10**9} GB and {files} files free: set TMPDIR, or BENCH_BYTES, BENCH_FILES, BENCH_MANY')
    with tempfile.TemporaryDirectory(prefix='hcoop-bench-', dir=parent) as work:
        yield Path(work)


def have(program, package):
    """Whether a peer is there, installed from Debian if it was not; said if it is not to be had."""
    if shutil.which(program) is None:
        subprocess.run(['apt-get', '-qq', '-y', 'install', package], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if shutil.which(program) is None:
        print(f'  {program}: not installed, and apt-get could not install {package}: not measured')
    return shutil.which(program) is not None


@dataclass
class Cost:
    wall: float
    cpu: float  # user and system seconds of the command and of all it waited for


@dataclass
class Peak:
    node: int = 0  # the largest resident set of a node process, bytes
    together: int = 0  # the largest sum over all processes of the command, shared pages counted once


def run(command, peak=None, **variables):
    """Runs a bash pipeline and returns its cost; with a Peak, also looks at its memory, which costs it some time."""
    os.sync()  # what was written before is not on this command's account
    start = time.monotonic()
    environment = {**os.environ, 'ENCRYPT_TAR': ENCRYPT_TAR, **{name: str(value) for name, value in variables.items()}}
    child = subprocess.Popen(['bash', '-o', 'pipefail', '-c', command], env=environment, process_group=0)
    try:
        with watched(child.pid, peak) if peak else contextlib.nullcontext():
            _, status, usage = os.wait4(child.pid, 0)
    except BaseException:
        os.killpg(child.pid, signal.SIGTERM)
        raise
    cost = Cost(time.monotonic() - start, usage.ru_utime + usage.ru_stime)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f'bench: exit code {child.returncode}: {command}')
    return cost


@contextlib.contextmanager
def watched(group, peak):
    """Samples the processes of a process group ten times a second."""
    ended = threading.Event()

    def sample():
        together = 0
        for process in Path('/proc').glob('[0-9]*'):
            with contextlib.suppress(OSError, IndexError):  # it is gone
                if int((process / 'stat').read_text().rpartition(')')[2].split()[2]) != group:
                    continue
                together += kilobytes(process / 'smaps_rollup', 'Pss')
                if (process / 'comm').read_text() == 'node\n':
                    peak.node = max(peak.node, kilobytes(process / 'status', 'VmHWM'))
        peak.together = max(peak.together, together)

    def watch():
        while not ended.wait(0.1):
            sample()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def kilobytes(file, field):
    found = re.search(rf'^{field}:\s+(\d+) kB', file.read_text(), re.M)
    return int(found[1]) * 1024 if found else 0


def median(costs):
    return Cost(statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs))


def ratio(mine, peer):
    return f'{mine / peer:.2f}' if peer else '-'


class EncryptTar:
    """encrypt-tar, as the host's backup calls it: a directory for each date, and a state from one to the next."""

    name = 'encrypt-tar -d'

    def __init__(self, work):
        self.key, self.recipients = work / 'key', work / 'recipients'
        self.dates, self.state = work / 'dates', work / 'state'
        run('age-keygen -o "$KEY" 2>/dev/null && age-keygen -y "$KEY" >"$RECIPIENTS"', KEY=self.key, RECIPIENTS=self.recipients)
        self.clear()

    def clear(self):
        shutil.rmtree(self.dates, ignore_errors=True)
        self.dates.mkdir()
        self.state.unlink(missing_ok=True)

    def date(self, number):
        return self.dates / f'{number:03}'

    def backup(self, tree, number, peak=None):
        """Date 0 is the first run; each other one builds on the date before it."""
        # The tree was made a moment ago, and is to count as one that has been quiet.
        options = '--state "$STATE" --settle 0' if REUSE else ''
        if REUSE and number > 0:
            options += ' --reuse "$PREVIOUS"'
        command = f'find "$TREE" -print0 | node "$ENCRYPT_TAR" -q -0 -R "$RECIPIENTS" -d "$DATE" {options} >/dev/null'
        previous = self.date(number - 1)
        return run(command, peak, TREE=tree, RECIPIENTS=self.recipients, DATE=self.date(number), PREVIOUS=previous, STATE=self.state)

    def archives(self, number):
        """In the order in which they are to be extracted."""
        return sorted(self.date(number).glob('*.tar.*'))
