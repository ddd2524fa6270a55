import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { keyPair, temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
import { checkSealing, digest, openSealed, type Sealing, sealedSuffix, sealFile } from '../src/index.ts';

const plaintext = Buffer.from(Array.from({ length: 500_000 }, (_, i) => (i * i) % 251));
const echo = (script: string) => [{ command: 'sh', args: ['-c', script] }];

function setUp() {
  const directory = temporaryDirectory();
  const { identity, recipients } = keyPair(directory);
  const keyFile = join(directory, 'ccrypt.key');
  writeFileSync(keyFile, 'correct horse\n', { mode: 0o600 });
  writeFileSync(join(directory, 'plain'), plaintext);
  mkdirSync(join(directory, 'out'));
  const age: Sealing = { cipher: 'age', recipients: [], recipientFiles: [recipients] };
  const opening = { identityFiles: [identity], keyFile };
  return { directory, out: join(directory, 'out'), plain: join(directory, 'plain'), age, keyFile, opening };
}

async function opened(path: string, opening: ReturnType<typeof setUp>['opening']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await openSealed(path, opening, [], async (stdout) => {
    for await (const chunk of stdout) chunks.push(chunk as Buffer);
  });
  return Buffer.concat(chunks);
}

test.each(['age', 'ccrypt', 'none'] as const)(
  '%s: what is sealed opens to the same bytes',
  async (cipher) => {
    const { out, plain, age, keyFile, opening } = setUp();
    const sealing: Sealing = cipher === 'age' ? age : cipher === 'ccrypt' ? { cipher, keyFile } : { cipher };
    const target = join(out, `x${sealedSuffix(sealing)}`);
    await sealFile(target, sealing, echo(`cat ${plain}`), undefined);
    const bytes = readFileSync(target);
    expect(await digest(target)).toEqual({
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect((await opened(target, opening)).equals(plaintext)).toBe(true);
    expect(readdirSync(out)).toHaveLength(1);
  },
);

test.each([
  ['the source ends with 1 after half its output', 'echo half; exit 1'],
  ['the source is killed', 'echo half; kill -9 $$'],
])('%s: no file, and the one of before is as it was', async (_, script) => {
  const { out, age } = setUp();
  const target = join(out, 'x');
  await expect(sealFile(target, age, echo(script), undefined)).rejects.toThrow('sh: ');
  expect(readdirSync(out)).toEqual([]);
  writeFileSync(target, 'before');
  await expect(sealFile(target, age, echo(script), undefined)).rejects.toThrow('sh: ');
  expect(readdirSync(out)).toEqual(['x']);
  expect(readFileSync(target, 'utf8')).toBe('before');
});

test('a recipient that age refuses: no file, and its message', async () => {
  const { out } = setUp();
  const bad: Sealing = { cipher: 'age', recipients: ['age1nonsense'], recipientFiles: [] };
  await expect(sealFile(join(out, 'x'), bad, echo('echo x'), undefined)).rejects.toThrow(
    'age: failed with exit code 1',
  );
  expect(readdirSync(out)).toEqual([]);
});

test('a feed that throws: no file', async () => {
  const { out, age } = setUp();
  const feed = () => Promise.reject(new Error('the list broke off'));
  await expect(sealFile(join(out, 'x'), age, [], feed)).rejects.toThrow('the list broke off');
  expect(readdirSync(out)).toEqual([]);
});

test('what is there and is no regular file is not replaced', async () => {
  const { out, age } = setUp();
  mkdirSync(join(out, 'x'));
  await expect(sealFile(join(out, 'x'), age, echo('echo x'), undefined)).rejects.toThrow(
    'not a regular file',
  );
  await expect(sealFile('/dev/null', age, echo('echo x'), undefined)).rejects.toThrow('not a regular file');
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('age: a flipped bit, a cut end and a wrong key are errors', async () => {
  const { directory, out, plain, age, opening } = setUp();
  const target = join(out, 'x');
  await sealFile(target, age, echo(`cat ${plain}`), undefined);
  const good = readFileSync(target);
  const flipped = Buffer.from(good);
  flipped[good.length >> 1] = (flipped[good.length >> 1] ?? 0) ^ 1;
  writeFileSync(target, flipped);
  await expect(opened(target, opening)).rejects.toThrow('age: failed');
  writeFileSync(target, good);
  truncateSync(target, good.length - 100);
  await expect(opened(target, opening)).rejects.toThrow('age: failed');
  writeFileSync(target, good);
  mkdirSync(join(directory, 'other'));
  const other = { identityFiles: [keyPair(join(directory, 'other')).identity], keyFile: opening.keyFile };
  await expect(opened(target, other)).rejects.toThrow('age: failed');
  expect(existsSync(target)).toBe(true);
});

test('a sealing that nobody could open is refused before anything runs', () => {
  const { directory, keyFile } = setUp();
  const empty = join(directory, 'empty');
  writeFileSync(join(directory, 'plain.key'), '  \n');
  writeFileSync(empty, '# only a comment\n\n');
  const files = (...recipientFiles: string[]): Sealing => ({ cipher: 'age', recipients: [], recipientFiles });
  expect(() => checkSealing(files())).toThrow('recipients: none given');
  expect(() => checkSealing(files(empty))).toThrow('the recipients file is empty');
  expect(() => checkSealing(files(join(directory, 'missing')))).toThrow('no such file or directory');
  expect(() => checkSealing({ cipher: 'ccrypt', keyFile: join(directory, 'plain.key') })).toThrow(
    'the key file is empty',
  );
  expect(() => checkSealing({ cipher: 'ccrypt', keyFile })).not.toThrow();
  writeFileSync(keyFile, '\nsecond line\n'); // ccrypt would take the empty first line
  expect(() => checkSealing({ cipher: 'ccrypt', keyFile })).toThrow('the key file is empty');
  writeFileSync(keyFile, '#secret\n');
  expect(() => checkSealing({ cipher: 'ccrypt', keyFile })).not.toThrow();
});
