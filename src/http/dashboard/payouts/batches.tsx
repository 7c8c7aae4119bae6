// /stores/:id/payout-batches: payouts to addresses go out together, in a transaction that the merchant's wallet signs. Made, given out,
// taken back signed, replaced and dropped.

import { base64 } from '@scure/base';
import { Hono } from 'hono';
import * as z from 'zod';
import { BATCH_STATES } from '../../../core/payout/batch.ts';
import { MAX_OUTPUTS } from '../../../core/psbt/select.ts';
import { MAX_UPLOAD_BYTES } from '../../../core/psbt/upload.ts';
import { uploadSigned } from '../../../services/payouts/batch-uploads.ts';
import { createVersion, voidBatch } from '../../../services/payouts/batch-versions.ts';
import { createBatch, psbtOf } from '../../../services/payouts/batches.ts';
import { readLimits } from '../../../services/payouts/limits.ts';
import { readBatches, readVersions, readWaiting } from '../../../services/payouts/read-batches.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { BLANK, draftOf, type FormDraft, formsOn } from '../forms.ts';
import { page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import type { NoticeCode } from '../notices.ts';
import { BatchesPage } from './batch-list.tsx';
import { BatchPage } from './batch-page.tsx';
import { feeFields, readFee } from './fee-fields.tsx';
import { pageAfter } from './list.tsx';
import { NewBatchPage } from './new-batch.tsx';
import { PsbtPage } from './psbt-page.tsx';
import { decider, memberNames } from './routes.tsx';

const PER_PAGE = 25;
/** Hex of what is read at most, and what a browser sends around it. */
const UPLOAD = { maxBytes: 2 * MAX_UPLOAD_BYTES + 10_000, takesBinary: true };

const newForm = z
  .object({ payout_ids: z.string('Choose at least one payout.'), ...feeFields })
  .transform((form, ctx) => ({ payoutIds: form.payout_ids.split('\n'), satsPerKvb: readFee(form, ctx) }));
const versionForm = z
  .object({ kind: z.enum(['bump', 'cancel'], 'Choose one.'), ...feeFields })
  .transform(({ kind, ...form }, ctx) => ({ kind, satsPerKvb: readFee(form, ctx) }));
const signedForm = z
  .object({ file: z.string().default(''), text: z.string().default('') })
  .transform(({ file, text }) => file.trim() || text.trim())
  .refine((signed) => signed !== '', { path: ['file'], message: 'Choose the signed file, or paste its text.' });
const voidForm = z.object({ confirmation: z.string().trim() });

const PATH = '/stores/:id/payout-batches';
const home = ({ store }: StorePageContext) => `/stores/${store.id}/payout-batches`;
const placeOf = ({ store }: StorePageContext, c: Ctx) => ({ storeId: store.id, id: c.req.param('bid') ?? '' });
const managed = (c: Ctx) => storePageContext(c, 'manager');

export function payoutBatchRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get(PATH, async (c) => page(c, await listPage(await storePageContext(c), c)));
  app.get(`${PATH}/new`, async (c) => {
    const frame = await managed(c);
    const waiting = await readWaiting(frame.deps, frame.store.id, MAX_OUTPUTS);
    const draft = draftOf({ fee: 'estimated', payout_ids: waiting.map(({ id }) => id).join('\n') });
    return page(c, await newPage(frame, draft));
  });
  formsOn(app, managed, newPage)(`${PATH}/new`, newForm, async (frame, wanted, c) => {
    const { id } = await createBatch(frame.deps, frame.store.id, wanted, { by: decider(frame), use: null });
    return redirectAfter(c, `${home(frame)}/${id}`, 'batch_created');
  });

  app.get(`${PATH}/:bid`, async (c) => page(c, await batchPage(await storePageContext(c), BLANK, c)));
  app.get(`${PATH}/:bid/psbt`, async (c) => {
    const frame = await managed(c);
    const place = placeOf(frame, c);
    const psbt = base64.decode(await psbtOf(frame.deps, place));
    return c.body(psbt as Uint8Array<ArrayBuffer>, 200, {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="satlane-${place.id.slice(-12)}.psbt"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });
  app.get(`${PATH}/:bid/text`, async (c) => {
    const frame = await managed(c);
    const place = placeOf(frame, c);
    return page(c, <PsbtPage frame={frame} id={place.id} psbt={await psbtOf(frame.deps, place)} />);
  });

  const form = formsOn(app, managed, batchPage);
  form(`${PATH}/:bid/signed`, signedForm, uploadAndTell, UPLOAD);
  form(`${PATH}/:bid/version`, versionForm, async (frame, wanted, c) => {
    const { id } = await createVersion(frame.deps, placeOf(frame, c), wanted, decider(frame));
    return redirectAfter(c, `${home(frame)}/${id}`, 'batch_version_created');
  });
  form(`${PATH}/:bid/void`, voidForm, async (frame, { confirmation }, c) => {
    const { id } = await voidBatch(frame.deps, placeOf(frame, c), confirmation, decider(frame));
    return redirectAfter(c, `${home(frame)}/${id}`, 'batch_voided');
  });

  return app;
}

async function uploadAndTell(frame: StorePageContext, signed: string, c: Ctx): Promise<Response> {
  const { id, state } = await uploadSigned(frame.deps, placeOf(frame, c), signed, decider(frame));
  const notice: NoticeCode = state === 'awaiting_signatures' ? 'batch_partly_signed' : 'batch_signed';
  return redirectAfter(c, `${home(frame)}/${id}`, notice);
}

async function listPage(frame: StorePageContext, c: Ctx) {
  const { deps, store } = frame;
  const state = BATCH_STATES.find((one) => one === c.req.query('state'));
  const after = pageAfter(c.req.query('after'));
  const [{ batches, next }, waiting, { isPaused }] = await Promise.all([
    readBatches(deps, { storeId: store.id, state, after, limit: PER_PAGE }),
    readWaiting(deps, store.id, MAX_OUTPUTS + 1),
    readLimits(deps, store.id),
  ]);
  return <BatchesPage frame={frame} listing={{ state, batches, next, isFirst: !after, waiting, isPaused }} />;
}

async function newPage(frame: StorePageContext, draft: FormDraft) {
  const waiting = await readWaiting(frame.deps, frame.store.id, MAX_OUTPUTS + 1);
  return <NewBatchPage frame={frame} draft={draft} waiting={waiting} />;
}

/** @throws ApiError not_found, for another store's batch too */
async function batchPage(frame: StorePageContext, draft: FormDraft, c: Ctx) {
  const { deps, store } = frame;
  const [read, names, { isPaused }] = await Promise.all([
    readVersions(deps, placeOf(frame, c)),
    memberNames(frame),
    readLimits(deps, store.id),
  ]);
  return <BatchPage frame={frame} view={{ ...read, names, isPaused }} draft={draft} />;
}
