import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConfigData, HtmlValidate } from 'html-validate';
import type { Browser } from 'playwright-core';
import { temporaryDirectory } from 'test-kit';
import { expect } from 'vitest';
import { accessibilityFaults, type Opened, openFile, type Scheme } from './browser.ts';

const devices = {
  narrow: { width: 360, height: 640 },
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 900 },
};

const schemes: readonly Scheme[] = ['light', 'dark'];

/** Expects what holds of every page: it is valid, can be read by all, and looks as it should wherever it is opened. */
export async function expectGood(browser: Browser, file: string, name: string): Promise<void> {
  expect(await htmlFaults(file)).toEqual([]);
  for (const scheme of schemes) {
    const { page } = await openFile(browser, file, devices.phone, scheme);
    await unfold(page);
    expect(await accessibilityFaults(page), scheme).toEqual([]);
    await page.close();
  }
  await expectFits(browser, file, name);
}

/** Expects that a page fits every screen, has colours for day and night, asks for nothing and says nothing. */
export async function expectFits(browser: Browser, file: string, name: string): Promise<void> {
  // For somebody to look at.
  const pictures = process.env.HCOOP_PICTURES ?? temporaryDirectory();
  for (const [device, viewport] of Object.entries(devices)) {
    const grounds = new Set<unknown>();
    for (const scheme of schemes) {
      const { page, messages, requests } = await openFile(browser, file, viewport, scheme);
      const picture = join(pictures, `${name}-${device}-${scheme}.png`);
      await page.screenshot({ path: picture, fullPage: true });
      expect(statSync(picture).size).toBeGreaterThan(5000);
      expect(await overflow(page), `${name}, ${device}`).toBe(0);
      await unfold(page);
      expect(await overflow(page), `${name}, ${device}, unfolded`).toBe(0);
      grounds.add(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
      expect(messages).toEqual([]);
      expect(requests).toEqual([pathToFileURL(file).href]);
      await page.close();
    }
    expect(grounds.size).toBe(schemes.length);
  }
}

/** By so many pixels a page is wider than its window. */
export function overflow(page: Opened['page']): Promise<unknown> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

async function unfold(page: Opened['page']): Promise<void> {
  await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
}

// Titles of columns are handed to the style of narrow screens by properties in style attributes.
const rules: ConfigData = { extends: ['html-validate:recommended'], rules: { 'no-inline-style': 'off' } };

async function htmlFaults(file: string): Promise<string[]> {
  const { results } = await new HtmlValidate(rules).validateFile(file);
  return results.flatMap(({ messages }) =>
    messages.map(({ line, ruleId, message }) => `${line}: ${ruleId}: ${message}`),
  );
}
