// Each kind of node has a page, and what is printed there to paste is read as that kind.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONNECTION_KINDS, type ConnectionKind } from '../../../src/core/lightning/connection.ts';
import { readConnectionText } from '../../../src/core/lightning/connection-string.ts';
import { GUIDES, isOfNode } from '../../../src/http/docs/guides.ts';

const PAGES: Record<ConnectionKind, string> = {
  lightning_address: 'node-lightning-address',
  phoenixd: 'node-phoenixd',
  lnd: 'node-lnd',
  clnrest: 'node-core-lightning',
  lnbits: 'node-lnbits',
  nwc: 'node-nwc',
};
const HEX = 'ab'.repeat(32);
const POLICY = { targets: 'public', origin: 'https://pay.example' } as const;

describe('A page about a kind of node', () => {
  it('is there for each kind', () => {
    expect(Object.keys(PAGES).toSorted()).toEqual([...CONNECTION_KINDS].toSorted());
    expect(
      GUIDES.map(({ slug }) => slug)
        .filter(isOfNode)
        .toSorted(),
    ).toEqual(Object.values(PAGES).toSorted());
  });

  it.each(Object.entries(PAGES))('of %s shows a text that is read so', (kind, page) => {
    const text = readFileSync(`${import.meta.dirname}/../../../src/http/docs/${page}.md`, 'utf8');
    for (const part of ['Limits', 'rivacy']) expect(text).toMatch(new RegExp(`^## .*${part}`, 'm'));
    const [, printed = ''] = /^```\n(.*)\n```$/m.exec(text) ?? [];
    const pasted = printed.replaceAll(/PUBLIC_KEY|SECRET|HEX/g, HEX);
    expect(readConnectionText(pasted, POLICY)).toMatchObject({ kind });
    // Other spellings that the page says work.
    for (const [, other = ''] of text.matchAll(/`(type=(?:lnurl|blink)[^`…]+)`/g))
      expect(readConnectionText(other, POLICY)).toMatchObject({ kind });
  });
});
