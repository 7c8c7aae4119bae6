// Merchants and buyers see one palette. It is said once, in src/http/ui, and the sheets that the pages load are made of it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHEETS, styleText } from '../../../src/dev/styles.ts';

const SRC = join(import.meta.dirname, '../../../src');
const SHARED = /^http\/ui\//;

describe('The stylesheets of src/assets', () => {
  it('are all made, and current: else run `npm run styles`', () => {
    const found = readdirSync(join(SRC, 'assets')).filter((name) => name.endsWith('.css'));
    expect(found.sort()).toEqual(Object.keys(SHEETS).sort());
    for (const file of found) {
      expect(readFileSync(join(SRC, 'assets', file), 'utf8') === styleText(file), file).toBe(true);
    }
  });

  it('load nothing more: each is one request', () => {
    for (const file of Object.keys(SHEETS)) expect(styleText(file)).not.toMatch(/@import|url\(/);
  });
});

describe('A page’s own sheet', () => {
  const sheets = Object.values(SHEETS).filter((parts) => parts.some((part) => SHARED.test(part)));

  it.each(sheets.map((parts) => [parts.at(-1) ?? '', parts]))(
    '%s says nothing again that src/http/ui says',
    (own, parts) => {
      const shared = new Map<string, Map<string, string>>();
      for (const part of parts.filter((part) => SHARED.test(part))) {
        for (const { at, name, value } of declarationsOf(part)) {
          shared.set(at, (shared.get(at) ?? new Map()).set(name, value));
        }
      }
      expect(shared.size).toBeGreaterThan(20);
      const said = declarationsOf(own);
      expect(said.length).toBeGreaterThan(100);
      // What the day says differently the night has to say again, or the day's word would hold at night.
      const changedByDay = new Set(said.filter(({ at }) => at === ':root').map(({ name }) => name));
      const again = said.filter(
        ({ at, name, value }) => shared.get(at)?.get(name) === value && !(isNight(at) && changedByDay.has(name)),
      );
      expect(again.map(({ at, name, value }) => `${at} { ${name}: ${value} }`)).toEqual([]);
    },
  );

  it.each(sheets.map((parts) => [parts.at(-1) ?? '']))('%s changes a colour for the day and for the night', (own) => {
    const declarations = declarationsOf(own);
    const night = new Set(declarations.filter(({ at }) => isNight(at)).map(({ name }) => name));
    const ofAll = new Set(declarationsOf('http/ui/base.css').map(({ name }) => name));
    const byDayAlone = declarations.filter(({ at, name }) => at === ':root' && ofAll.has(name) && !night.has(name));
    expect(byDayAlone.map(({ name }) => name)).toEqual([]);
  });
});

const isNight = (at: string) => at.startsWith('@media (prefers-color-scheme: dark)') && at.endsWith(':root');

interface Declaration {
  /** The selector, one for each of a list, behind the conditions around it. */
  at: string;
  name: string;
  value: string;
}

/** Every declaration of a sheet, with a list of selectors taken apart. */
function declarationsOf(sheet: string): Declaration[] {
  const css = readFileSync(join(SRC, sheet), 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
  const found: Declaration[] = [];
  const around: string[] = [];
  for (const [, text = '', end] of css.matchAll(/([^{};]*)([{};])/g)) {
    const words = text.trim().replaceAll(/\s+/g, ' ');
    if (end === '{') around.push(words);
    else {
      const [, name, value] = /^([\w-]+): (.+)$/.exec(words) ?? [];
      if (name !== undefined && value !== undefined) {
        for (const selector of (around.at(-1) ?? '').split(/, (?![^(]*\))/)) {
          found.push({ at: [...around.slice(0, -1), selector].join(' '), name, value });
        }
      }
      if (end === '}') around.pop();
    }
  }
  return found;
}
