// /intents/:id: the buyer enters an amount and is taken to the invoice made of it; or straight to it, once there is one. Another
// amount is entered at /intents/:id/amount, until a payment arrives. Called by app.ts.

import { type Context, Hono } from 'hono';
import { readAtMost } from '../../core/text/bounded.ts';
import { networkOfIp } from '../../core/text/ip.ts';
import { ApiError, blamed, toApiError } from '../../errors.ts';
import { type IntentView, payIntent, readPublicIntent } from '../../services/payments/intents.ts';
import type { Ctx, HonoEnv } from '../api/http.ts';
import { buyersPage } from '../api/limit.ts';
import { sentence } from '../api/native/words.ts';
import { amountPage } from './amount.tsx';
import { enteredPrice, type Price } from './entered.ts';
import { pageHeaders } from './headers.ts';
import { notFoundPage } from './page.tsx';
import { themeAnswer } from './theme.ts';

/** One field of twenty characters. */
const MAX_BYTES = 1024;

interface Intents {
  /** null for an id that names none. */
  read: (c: Context, id: string) => Promise<IntentView | null>;
  /** Makes the invoice; its id. @throws ApiError */
  pay: (c: Context, id: string, price: Price) => Promise<string>;
}

const REAL: Intents = {
  read: (c: Ctx, id) =>
    readPublicIntent(c.get('deps'), id).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 'not_found') return null;
      throw error;
    }),
  pay: (c: Ctx, id, price) => {
    const deps = c.get('deps');
    // Each use of a link takes an address of the shop's wallet.
    const buyer = networkOfIp(c.req.header('cf-connecting-ip') ?? 'local');
    return payIntent(deps, id, price, deps.allowCreate(`buyer ${buyer}`));
  },
};

export function amountRoutes({ read, pay }: Intents = REAL): Hono<HonoEnv> {
  const routes = new Hono<HonoEnv>().use('/:id/*', buyersPage);
  const headersFor = (intent: IntentView) => pageHeaders(intent.store.logoUrl, false, "'self'");

  for (const [path, isChange] of [
    ['/:id', false],
    ['/:id/amount', true],
  ] as const) {
    routes.get(path, async (c) => {
      const intent = await read(c, c.req.param('id'));
      if (intent === null) return c.html(notFoundPage(), 404, pageHeaders(null));
      if (intent.invoiceId !== null && !(isChange && intent.mayChange))
        return c.redirect(`/i/${intent.invoiceId}`, 303);
      return c.html(amountPage(intent, { amount: '', problem: null }), 200, headersFor(intent));
    });
  }

  routes.post('/:id', async (c) => {
    const intent = await read(c, c.req.param('id'));
    if (intent === null) return c.html(notFoundPage(), 404, pageHeaders(null));
    if (intent.invoiceId !== null && !intent.mayChange) return c.redirect(`/i/${intent.invoiceId}`, 303);
    const amount = await entered(c.req.raw);
    const again = (problem: string, status: 400 | 429 | 503) =>
      c.html(amountPage(intent, { amount, problem }), status, headersFor(intent));
    const price = enteredPrice(amount, intent.currency);
    if ('problem' in price) return again(price.problem, 400);
    try {
      return c.redirect(`/i/${await pay(c, intent.id, price)}`, 303);
    } catch (error) {
      const { code, status, message } = toApiError(error);
      if (code === 'invalid_amount') return again(sentence(blamed(message).words), 400);
      if (code === 'rate_limited') return again('Too many requests. Please wait a minute and try again.', 429);
      if (code === 'lightning_unavailable')
        return again('The shop’s Lightning wallet does not answer. Please try again in a minute.', 503);
      if (status >= 500) throw error;
      return again('The shop cannot take this payment at the moment. Please try again later or ask the shop.', 503);
    }
  });

  routes.get('/:id/theme.css', async (c) => {
    return themeAnswer((await read(c, c.req.param('id')))?.store.color ?? null);
  });

  return routes;
}

async function entered(request: Request): Promise<string> {
  const bytes = await readAtMost(request, MAX_BYTES);
  return new URLSearchParams(new TextDecoder().decode(bytes ?? new Uint8Array())).get('amount')?.trim() ?? '';
}
