// What a page loads is what stands in its own sheet.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHEETS, styleText } from '../../src/dev/styles.ts';

const SRC = join(import.meta.dirname, '../../src');

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
