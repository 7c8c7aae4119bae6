// What the guides tell a reader to press, tick or open is there, under that name.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MARKDOWN, ROOT, read } from './markdown.ts';

const filesUnder = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => join(folder, path));

/** Without line breaks within a text: pages break theirs where they like. */
const PAGES = ['src/http/dashboard', 'src/http/checkout', 'src/dev/shop/pages']
  .flatMap(filesUnder)
  .map((path) => read(path).replace(/\s+/g, ' '));

/** Names in other programs that guides lead through. */
const FOREIGN = new Set([
  ...['Wallets ▸ Settings ▸ Derivation scheme', 'WooCommerce ▸ Settings ▸ BTCPay Settings', 'Generate API key'],
  ...['Modules ▸ BTCPay ▸ Configure', 'Stores ▸ Configuration ▸ Sales ▸ BTCPay Server'],
  ...['Settings ▸ Extensions ▸ BTCPay Server', 'View ▸ Show Console', 'Settings ▸ Advanced ▸ Gap limit'],
  // Of wallets, as their sources have them.
  ...['Tools ▸ Load transaction ▸ From file', 'Sign', 'Export ▸ Export to file', 'Export ▸ Copy to clipboard'],
  ...['File ▸ Open Transaction ▸ File', 'Finalize Transaction for Signing', 'File ▸ Save PSBT ▸ As Binary'],
  ...['Sign Tx', 'Ready To Sign', 'Broadcast'],
]);

/** What a text says to press, tick or open; a way through menus is one name. */
function namesIn(text: string): string[] {
  const words = text.replace(/\s+/g, ' ');
  return [
    ...words.matchAll(/(?:\*\*)?([A-Z]\w*(?: \w+)*(?: ▸ [A-Z]\w*(?: \w+)*)+)(?:\*\*)?/g),
    ...words.matchAll(/(?:[Pp]ress|[Tt]ick|[Uu]nder|[Cc]hoose|[Oo]pen) (?:\*\*|["“])([A-Z][^*"”]*)(?:\*\*|["”])/g),
    ...words.matchAll(/\*\*([A-Z][^*]*)\*\* in the checklist/g),
    ...words.matchAll(/["“]([A-Z][^"”]*)["”] (?:ticked|on the \w+'s page)/g),
  ].map(([, name = '']) => name.trim());
}

describe('The names that guides use', () => {
  it('are found in their texts', () => {
    expect(
      namesIn('In Electrum: View ▸ Show Console, then press **Revoke**, and "New secret" on the endpoint\'s page.'),
    ).toEqual(['View ▸ Show Console', 'Revoke', 'New secret']);
    expect(MARKDOWN.flatMap((path) => namesIn(read(path))).length).toBeGreaterThan(15);
  });

  it.each(MARKDOWN)('%s: each is on a page', (path) => {
    const missing = namesIn(read(path))
      .filter((name) => !FOREIGN.has(name))
      .flatMap((name) => name.split(' ▸ '))
      .filter((name) => !PAGES.some((page) => page.includes(name)));
    expect(missing).toEqual([]);
  });

  it('of other programs are in a guide still', () => {
    const used = new Set(MARKDOWN.flatMap((path) => namesIn(read(path))));
    expect([...FOREIGN].filter((name) => !used.has(name))).toEqual([]);
  });
});
