// What every page has to be, in each size and colour: as wide as its window, and nothing that axe has anything to say against.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [390, 1280];
const COLORS = ['light', 'dark'] as const;
/** A folder for pictures of what was looked at, for people; nowhere unless it is said. */
const { SHOTS } = process.env;

/** A page as it stands in its window. */
export async function expectSound(page: Page, where: string): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), where).toBeLessThanOrEqual(0);
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run({ rules: { "target-size": { enabled: true } } })')) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
    where,
  ).toEqual([]);
}

/** A page on a phone and on a desktop, light and dark. */
export async function expectSoundEverywhere(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    for (const colorScheme of COLORS) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const where = `${name}-${width}-${colorScheme}`;
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${where}.png`, fullPage: true });
      await expectSound(page, where);
    }
  }
}
