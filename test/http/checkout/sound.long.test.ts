// A buyer's page in every situation, on a phone and on a desktop, light and dark: whole, and nothing that axe has anything to
// say against. The receipt and the view over a shop's page, too.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openBrowser } from '../../support/node/browser.ts';
import { expectSoundEverywhere } from '../../support/node/sound.ts';
import { type CheckoutServer, startCheckoutServer } from './server.ts';
import { HASH, ID, LIGHTNING_VIEWS, PREIMAGE, VIEWS } from './views.ts';

const PREIMAGES = new Map([[HASH, PREIMAGE]]);

/** A busy machine takes its time. */
const START_MS = 60_000;
const LOOKS_MS = 300_000;

describe.skipIf(!chromiumPath)('A buyer’s page (needs Chromium)', () => {
  let browser: Browser;
  let server: CheckoutServer;

  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startCheckoutServer(VIEWS.pending)]);
  }, START_MS);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const modal = `/invoice?id=${ID}&view=modal`;
  const pages = [
    ...Object.entries({ ...VIEWS, ...LIGHTNING_VIEWS }).map(([name, view]) => [name, view, `/i/${ID}`] as const),
    ['receipt', VIEWS.paid, `/i/${ID}/receipt`] as const,
    ['receipt-overpaid', VIEWS.overpaid, `/i/${ID}/receipt`] as const,
    ['receipt-lightning', { ...LIGHTNING_VIEWS.alonePaid, preimages: PREIMAGES }, `/i/${ID}/receipt`] as const,
    ['modal-both', LIGHTNING_VIEWS.both, modal] as const,
    ['modal-pending', VIEWS.pending, modal] as const,
    ['modal-paid', VIEWS.paid, modal] as const,
    ['modal-expired', VIEWS.expired, modal] as const,
  ];

  it(
    'is whole in every situation',
    async () => {
      const page = await browser.newPage({ reducedMotion: 'reduce', javaScriptEnabled: true });
      for (const [name, view, path] of pages) {
        server.set({ ...view, invoice: { ...view.invoice, success_url: null } });
        const answer = await page.goto(`${server.origin}${path}`);
        expect([answer?.status(), new URL(page.url()).pathname + new URL(page.url()).search], name).toEqual([
          200,
          path,
        ]);
        await expectSoundEverywhere(page, `checkout-${name}`);
      }
    },
    LOOKS_MS,
  );
});
