"""Trees to back up, and what happens to them from one date to the next. The same arguments make the same files, on any machine.

    python3 test/bench/tree.py DIR [FILES [BYTES [ROUNDS]]]    makes one to look at
"""

import base64
import os
import random
import sys
from multiprocessing import Pool

# kind, its share of the files and of the bytes, and how skewed its sizes are (sigma of a lognormal distribution)
KINDS = (
    ('log', 0.05, 0.32, 1.6),
    ('mail', 0.50, 0.26, 1.4),
    ('document', 0.10, 0.12, 1.3),
    ('picture', 0.04, 0.20, 0.8),
    ('source', 0.26, 0.09, 1.2),
    ('dotfile', 0.05, 0.01, 1.0),
)
NOW = 1_760_000_000
ATTACHED = 12_000  # a mail that is larger has an attachment


def _fragments():
    rng = random.Random('fragments')
    syllables = 'ba co di fe gu ha in ko la me no or pi qua re st tu un ver wo'.split()
    words = [''.join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(8000)]
    return [(' '.join(rng.choices(words, k=3)) + rng.choice(' ' * 3 + '\n')).encode() for _ in range(50_000)]


FRAGMENTS = _fragments()


# Each file has some fragments of its own and repeats them: so it compresses by itself about as well as among others, and no two files
# share anything that is as long as a chunk of a deduplicating store.
def text(rng, size):
    own = rng.choices(FRAGMENTS, k=60 + size // 400)
    return b''.join(rng.choices(own, k=size // 14 + 1))[:size]


def log_lines(rng, size):
    count = size // 60 + 1
    messages = [fragment.strip() * 2 for fragment in rng.choices(FRAGMENTS, k=80)]
    ids = rng.randbytes(4 * count).hex().encode()
    moment = rng.randrange(NOW) * 1000
    lines = []
    for at, message in enumerate(rng.choices(messages, k=count)):
        moment += ids[8 * at] * 7
        lines.append(b'%d.%03d host[%d]: %s id=%s\n' % (moment // 1000, moment % 1000, moment % 97, message, ids[8 * at : 8 * at + 8]))
    return b''.join(lines)[:size]


def mail(rng, size):
    head = b'From: <%s@example.org>\nMessage-Id: <%s@example.org>\n\n' % (rng.choice(FRAGMENTS).split()[0], rng.randbytes(12).hex().encode())
    if size < ATTACHED:
        return (head + text(rng, size))[:size]
    return (head + text(rng, 2000) + base64.encodebytes(rng.randbytes(size * 3 // 4)))[:size]


CONTENT = {'log': log_lines, 'mail': mail, 'picture': lambda rng, size: rng.randbytes(size)}


def maildir_name(rng, size):
    return f'{NOW - rng.randrange(10**8)}.M{rng.randrange(10**6)}P{rng.randrange(10**5)}.host,S={size}'


def path_of(rng, kind, number, size, users):
    word = rng.choice(FRAGMENTS).split()[0].decode()
    home = f'home/user{rng.randrange(users):03}'
    if kind == 'log':
        return f'var/log/service{number // 20:03}/{word}-{number}.log'
    if kind == 'mail':
        name = maildir_name(rng, size)
        return f'{home}/Maildir/' + (f'new/{name}' if rng.random() < 0.1 else f'cur/{name}:2,S')
    if kind == 'document':
        return f'{home}/Documents/{number % 7}/{word}-{number}.txt'
    if kind == 'picture':
        return f'{home}/Pictures/{2010 + number % 15}/IMG_{number:05}.jpg'
    if kind == 'source':
        return f'{home}/src/project{number % 5}/part{number % 11}/{word}{number}.c'
    return f'{home}/.config/{word}{number}/{word}.conf'


def kind_of(path):
    for kind, part in ('log', '/var/log/'), ('mail', '/Maildir/'), ('document', '/Documents/'), ('picture', '/Pictures/'), ('source', '/src/'):
        if part in path:
            return kind
    return 'dotfile'


def _write(job):
    path, kind, size, private = job
    rng = random.Random(path.rpartition('//')[2])  # the name within the tree: wherever the tree is, the content is the same
    with open(path, 'wb', opener=lambda name, flags: os.open(name, flags, 0o600 if private else 0o644)) as file:
        file.write(CONTENT.get(kind, text)(rng, size))
    moment = NOW - rng.randrange(10**8)
    os.utime(path, (moment, moment))


def make(root, files, size):
    """Fills a directory with this many files, of this many bytes together."""
    rng = random.Random('tree')
    users = files // 800 + 1
    jobs = []
    for kind, share, share_of_bytes, sigma in KINDS:
        weights = [rng.lognormvariate(0, sigma) for _ in range(round(files * share))]
        unit = size * share_of_bytes / sum(weights)
        for number, weight in enumerate(weights):
            bytes_ = round(weight * unit)
            path = f'{root}//{path_of(rng, kind, number, bytes_, users)}'
            jobs.append((path, kind, bytes_, kind in ('mail', 'dotfile') or rng.random() < 0.2))
    for directory in {os.path.dirname(job[0]) for job in jobs}:
        os.makedirs(directory, exist_ok=True)
    with Pool() as pool:
        pool.map(_write, jobs, chunksize=50)
    for path, *_ in rng.sample(jobs, files // 500):
        if rng.random() < 0.5:
            os.link(path, f'{path}.linked')
        else:
            os.symlink(os.path.basename(path), f'{path}.link')


def change(root, number, share=0.01):
    """Changes this share of the files, scattered: what a round does depends on its number and on the tree alone. Returns what it did."""
    rng = random.Random(f'round {number}')
    found = sorted(f'{directory}/{name}' for directory, _, names in os.walk(root) for name in names)
    todo = round(len(found) * share)
    rng.shuffle(found)
    touched = set()
    done = []

    def take(part, what, fits):
        """Some paths that this round has not touched yet."""
        chosen = [path for path in found if path not in touched and not os.path.islink(path) and fits(path)][: round(todo * part)]
        touched.update(chosen)
        done.append((what, len(chosen), sum(map(os.path.getsize, chosen))))
        return chosen

    for path in take(0.40, 'edited', lambda path: kind_of(path) in ('document', 'source', 'dotfile')):
        with open(path, 'r+b') as file:
            file.seek(rng.randrange(os.path.getsize(path) + 1))
            file.write(text(rng, rng.randint(20, 400)))
    for path in take(0.15, 'appended to', lambda path: kind_of(path) == 'log'):
        with open(path, 'ab') as file:
            file.write(log_lines(rng, rng.randint(200, 20_000)))
    for path in take(0.10, 'renamed', lambda path: '/Maildir/new/' in path):
        os.rename(path, path.replace('/new/', '/cur/') + ':2,S')
    for path in take(0.10, 'deleted', lambda path: True):
        os.unlink(path)
    for path in take(0.05, 'with another mode', lambda path: True):
        os.chmod(path, os.stat(path).st_mode ^ 0o044)
    boxes = sorted({os.path.dirname(os.path.dirname(path)) for path in found if kind_of(path) == 'mail'})
    sizes = [round(rng.lognormvariate(9, 1.4)) for _ in range(round(todo * 0.20) if boxes else 0)]
    for size in sizes:
        box = f'{rng.choice(boxes)}/new'
        os.makedirs(box, exist_ok=True)
        with open(f'{box}/{maildir_name(rng, size)}', 'wb') as file:
            file.write(mail(rng, size))
    done.append(('new', len(sizes), sum(sizes)))
    return ', '.join(f'{count} {what} ({size / 1e6:.2f} MB)' for what, count, size in done)


def _many_directory(job):
    directory, files = job
    os.makedirs(directory)
    for number in range(files):
        with open(f'{directory}/file-{number:02}', 'wb', buffering=0) as file:
            if number % 4 == 0:
                file.write(b'%d\n' % number)


def _many_at(root, number):
    return f'{root}/{number // 10_000:03}/{number // 100 % 100:02}'


def make_many(root, files):
    """Small files, most of them empty, a hundred to a directory."""
    with Pool() as pool:
        pool.map(_many_directory, [(_many_at(root, first), min(100, files - first)) for first in range(0, files, 100)], chunksize=20)


def change_many(root, files, share=0.001):
    """Of such a tree, as it was made, this share is appended to, deleted or new."""
    rng = random.Random('many')
    for number in rng.sample(range(files), round(files * share)):
        path = f'{_many_at(root, number)}/file-{number % 100:02}'
        what = rng.random()
        if what < 0.2:
            os.unlink(path)
        else:
            with open(path if what < 0.8 else f'{path}.new', 'ab') as file:
                file.write(b'changed\n')


if __name__ == '__main__':
    target, *numbers = sys.argv[1:]
    files, size, rounds = map(int, numbers + ['40000', '2000000000', '0'][len(numbers) :])
    make(target, files, size)
    for each in range(rounds):
        print(change(target, each + 1))
