import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { fromText } from 'path-stream';
import { builtCommand, run, temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
import { pathOfRule, ruleFor, ruleText } from '../src/report/rule-text.ts';

// What rules give a meaning to, and what lies beside it, more often than other bytes.
const special = fc.constantFrom(...'\\*?[]!#^-/ \t\r', 'a', 'A', '.', '\xc3', '\xa4', '\xff');
const byte = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
const name = fc
  .array(fc.oneof(special, byte), { minLength: 1, maxLength: 6 })
  .map((bytes) => bytes.join('').replace(/[/\n]/g, 'x'));
const path = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([names, isDirectory]) => `/${names.join('/')}${isDirectory ? '/' : ''}`);

/** Paths that look much like one and are another. */
function siblings(of: string): string[] {
  const plain = of.replace(/\/$/, '');
  const near = [
    `${plain}x`,
    `${plain} `,
    `${plain}\r`,
    `x${plain}`,
    `/x${plain}`,
    plain.slice(0, -1),
    plain.replace(/[*?]/, 'x'),
    plain.replace(/[*?[\]\\ ]/, ''),
    plain.replace(/.(?=[^/]*$)/s, 'Z'),
    plain.replace(/[a-z]/i, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())),
    plain.trimEnd(),
    ...(of.endsWith('/') ? [plain] : []),
  ];
  const anchored = near.map((other) => other.replace(/^\/*/, '/'));
  return anchored.filter((other) => /[^/]$/.test(other) && other !== of && !other.startsWith(withSlash(of)));
}

const withSlash = (of: string): string => (of.endsWith('/') ? of : `${of}/`);

test('a rule is for its path and all below, and for no other one, as path-filter judges', async () => {
  const paths = fc.sample(path, { numRuns: 1500, seed: 36 });
  const directory = temporaryDirectory();
  const rules = join(directory, 'x.rules');
  // Each below a directory of its own, so that one run judges all: no rule is for what is below another one's.
  const placed = paths.map((each, i) => `/${i}${each}`);
  writeFileSync(rules, Buffer.from(`${placed.map((each) => ruleFor(each)).join('\n')}\n`, 'latin1'));
  const cases = placed.flatMap((each, i) => [
    [each, true] as const,
    [`${withSlash(each)}below/it`, true] as const,
    ...siblings(paths[i] ?? '').map((other) => [`/${i}${other}`, false] as const),
  ]);
  const asked = cases.filter(([each], i) => cases.findIndex(([other]) => other === each) === i);
  const input = Buffer.from(asked.map(([each]) => `${each}\0`).join(''), 'latin1');
  const filter = [builtCommand('path-filter'), '-0', '--invert', '--exclude', rules];
  const { code, stdout, stderr } = await run(filter, { input });
  expect(code, stderr).toBe(0);
  const matched = new Set(stdout.toString('latin1').split('\0'));
  const wrong = asked.filter(([each, expected]) => matched.has(each) !== expected);
  expect(wrong.map(([each, expected]) => [JSON.stringify(each), expected])).toEqual([]);
  expect(asked.length).toBeGreaterThan(5000);
});

test('what no line can hold has no rule', () => {
  for (const none of ['/', '//', '/a\nb', '/a\0b', 'relative', '']) expect(ruleFor(none)).toBeUndefined();
});

test('a line that is shown is the rule, and leads back to the path; what would not survive a mail is not shown', () => {
  fc.assert(
    fc.property(path, (each) => {
      const text = ruleText(each);
      if (text === '') return;
      expect(fromText(text)).toBe(ruleFor(each));
      expect(pathOfRule(text)).toBe(each);
      expect(text).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]| {2}| $/u);
    }),
  );
  expect(ruleText('/srv/a b[1]/')).toBe('/srv/a\\ b\\[1]/');
  expect(ruleText(fromText('/srv/größe'))).toBe('/srv/größe');
  for (const lost of ['/a\xff', '/a\r', '/a\t', fromText('/a\u202eb'), fromText('/a\u00a0b'), '/a '])
    expect(ruleText(lost)).toBe('');
});
