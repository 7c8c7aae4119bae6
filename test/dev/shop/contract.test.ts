// The shop is sample code: a copy of it needs nothing that only SatLane itself could import.
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const SHOP = new URL('../../../src/dev/shop/', import.meta.url);

describe('the demo shop', () => {
  it('knows of SatLane only the public contract and the published signature check', async () => {
    const outside: string[] = [];
    const files = (await readdir(SHOP, { recursive: true })).filter((file) => file.endsWith('.ts'));
    expect(files).toContain('server.ts');
    for (const file of files) {
      const here = new URL(file, SHOP);
      const imports = (await readFile(here, 'utf8')).matchAll(/from '(\.[^']+)'/g);
      for (const [, path = ''] of imports) {
        const target = new URL(path, here).href;
        if (!target.startsWith(SHOP.href)) outside.push(`${file} imports ${path}`);
      }
    }
    expect(outside).toEqual(['webhook.ts imports ../../adapters/webhooks/signature.ts']);
  });

  it('loads nothing from other sites', async () => {
    const files = (await readdir(SHOP, { recursive: true })).filter((file) => /\.(css|js|ts)$/.test(file));
    for (const file of files) {
      const text = await readFile(new URL(file, SHOP), 'utf8');
      expect(text, file).not.toMatch(/(src|href|url)\s*[=(]\s*["']?https?:/);
    }
  });
});
