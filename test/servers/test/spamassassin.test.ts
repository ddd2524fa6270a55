import { existsSync } from 'node:fs';
import { run } from 'test-kit';
import { makeSpamAssassin, spamMessage } from 'test-servers';
import { describe, expect, test } from 'vitest';

describe.each(['nfssafe', 'flock'] as const)('a Bayes database with %s', (lockMethod) => {
  const isLocked = async (file: string): Promise<boolean> =>
    existsSync(file) && (lockMethod === 'nfssafe' || (await run(['flock', '-n', file, 'true'])).code !== 0);

  test('has what it has learned', async () => {
    const spamAssassin = makeSpamAssassin({ lockMethod, user: 'nobody' });
    await spamAssassin.learn([spamMessage('one'), spamMessage('two')]);
    await spamAssassin.learn([spamMessage('three')], 'ham');
    expect(await spamAssassin.magic()).toMatchObject({ 'bayes db version': 3, nspam: 2, nham: 1 });
    expect(await spamAssassin.backup()).toMatch(/^v\t3\tdb_version/);
    expect(await isLocked(spamAssassin.lockFile)).toBe(false);
  });

  test('is locked for as long as a sa-learn holds the lock, and is sound afterwards', async () => {
    const spamAssassin = makeSpamAssassin({ lockMethod });
    await spamAssassin.learn([spamMessage('one')]);
    const lock = await spamAssassin.hold();
    expect(await isLocked(spamAssassin.lockFile)).toBe(true);
    const learning = spamAssassin.learn([spamMessage('another')]);
    await lock.release();
    await learning;
    expect(await isLocked(spamAssassin.lockFile)).toBe(false);
    expect(await spamAssassin.magic()).toMatchObject({ nspam: 4 });
  });

  test('a sa-learn that is killed leaves the lock file', async () => {
    const spamAssassin = makeSpamAssassin({ lockMethod });
    await (await spamAssassin.hold()).kill();
    expect(existsSync(spamAssassin.lockFile)).toBe(true);
    expect(await isLocked(spamAssassin.lockFile)).toBe(lockMethod === 'nfssafe');
  });
});
