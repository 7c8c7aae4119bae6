// /stores/:id/lightning-addresses: the names by which a store is paid over Lightning, `name@host`, and the codes to print.

import { Hono } from 'hono';
import * as z from 'zod';
import { payCodesOf } from '../../../core/lightning/pay-request.ts';
import { readTypedWhole } from '../../../core/money/typed.ts';
import {
  addName,
  changeName,
  type LightningName,
  listNames,
  readName,
  removeName,
  USUAL_TERMS,
} from '../../../services/lnurl/names.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { addressChange, newAddress } from '../../api/native/lightning-address-body.ts';
import { svgFileOf } from '../../ui/qr.tsx';
import { BLANK, draftOf, type FormDraft, formsOn } from '../forms.ts';
import { page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { PayAddressesPage, PayAddressPage } from './pay-address-pages.tsx';

const PATH = '/stores/:id/lightning-addresses';
const text = z.string().trim().default('');

const terms = { min_sats: text, max_sats: text, comment_length: text, success_message: text };
const newForm = z
  .object({ name: text, ...terms })
  .transform(({ name, ...typed }) => ({ name, ...toBody(typed) }))
  .pipe(newAddress);
const termsForm = z.object(terms).transform(toBody).pipe(addressChange);
const enabledForm = z.object({ enabled: z.enum(['on', 'off']) });
const nothing = z.object({});

type Typed = Record<keyof typeof terms, string>;

/** As a program sends it. What is no number is left as it was typed, for the answer to say so. */
function toBody({ min_sats, max_sats, comment_length, success_message }: Typed): z.input<typeof addressChange> {
  const sats = (typed: string) => String(readTypedWhole(typed) ?? typed);
  return {
    min_sats: sats(min_sats),
    max_sats: sats(max_sats),
    comment_length: readTypedWhole(comment_length) ?? Number.NaN,
    success_message: success_message || null,
  };
}

const nameIn = (c: Ctx) => c.req.param('name') ?? '';
const home = ({ store }: StorePageContext) => `/stores/${store.id}/lightning-addresses`;

export function payAddressRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const owned = (c: Ctx) => storePageContext(c, 'owner');
  app.get(PATH, async (c) => page(c, await listPage(await storePageContext(c), BLANK)));
  formsOn(app, owned, listPage)(PATH, newForm, async (frame, { name, terms: wanted }, c) => {
    const made = await addName(frame.deps, frame.store, name, wanted);
    return redirectAfter(c, `${home(frame)}/${made.name}`, 'address_added');
  });

  app.get(`${PATH}/:name`, async (c) => page(c, await onePage(await storePageContext(c), BLANK, c)));
  app.get(`${PATH}/:name/lnurl.svg`, (c) => codeFile(c, 'lnurl', ({ lnurl }) => lnurl));
  app.get(`${PATH}/:name/link.svg`, (c) => codeFile(c, 'lnurlp', ({ link }) => link));

  const change = formsOn(app, (c) => storePageContext(c, 'manager'), onePage);
  change(`${PATH}/:name`, termsForm, async (frame, wanted, c) => {
    const { name } = await changeName(frame.deps, frame.store, nameIn(c), wanted);
    return redirectAfter(c, `${home(frame)}/${name}`, 'address_saved');
  });
  change(`${PATH}/:name/enabled`, enabledForm, async (frame, { enabled }, c) => {
    const { name } = await changeName(frame.deps, frame.store, nameIn(c), { enabled: enabled === 'on' });
    return redirectAfter(c, `${home(frame)}/${name}`, 'address_saved');
  });
  formsOn(app, owned, onePage)(`${PATH}/:name/remove`, nothing, async (frame, _, c) => {
    await removeName(frame.deps, frame.store, nameIn(c));
    return redirectAfter(c, home(frame), 'address_removed');
  });
  return app;
}

async function codeFile(c: Ctx, kind: string, dataOf: (codes: ReturnType<typeof payCodesOf>) => string) {
  const { deps, store } = await storePageContext(c);
  const { name } = await readName(deps, store, nameIn(c));
  const codes = payCodesOf(name, new URL(deps.config.ORIGIN).host);
  return c.body(svgFileOf(dataOf(codes), codes.address), 200, {
    'content-type': 'image/svg+xml',
    'content-disposition': `attachment; filename="${name}-${kind}.svg"`,
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
  });
}

async function listPage(frame: StorePageContext, draft: FormDraft) {
  const form = draft === BLANK ? termsOf({ ...USUAL_TERMS, name: '' }) : draft;
  return <PayAddressesPage frame={frame} names={await listNames(frame.deps, frame.store)} draft={form} />;
}

async function onePage(frame: StorePageContext, draft: FormDraft, c: Ctx) {
  const known = await readName(frame.deps, frame.store, nameIn(c));
  return (
    <PayAddressPage frame={frame} known={known} draft={draft.values.max_sats === undefined ? termsOf(known) : draft} />
  );
}

function termsOf(known: Pick<LightningName, 'name' | 'minSats' | 'maxSats' | 'commentLength' | 'successMessage'>) {
  const { name, minSats, maxSats, commentLength, successMessage } = known;
  return draftOf({
    ...{ name, min_sats: minSats, max_sats: maxSats, comment_length: commentLength },
    success_message: successMessage,
  });
}
