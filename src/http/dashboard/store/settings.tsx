// /stores/:id/settings: how a store looks to its buyers, how its invoices behave, and its end.

import { Hono } from 'hono';
import * as z from 'zod';
import { MAX_EXPIRY_MINUTES, MIN_EXPIRY_MINUTES } from '../../../core/invoice/policy.ts';
import { readTypedWhole } from '../../../core/money/typed.ts';
import {
  archiveStore,
  renewCallbackSecret,
  restoreStore,
  type StoreRow,
  updateStore,
} from '../../../services/accounts/stores.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { storeChange } from '../../api/native/store-body.ts';
import { CopyField } from '../../ui/parts.tsx';
import { draftOf, type FormDraft, formFields, formsOn } from '../forms.ts';
import { may, page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Callout, Card, FactList, PageHead } from '../parts.tsx';
import { ClockCard } from './clock.tsx';
import { currencyOptions } from './currencies.ts';
import { Ending, SettingsForm } from './settings-form.tsx';

/** Empty means none, or the usual. */
const orNull = (text: string | undefined) => (text === undefined || text.trim() === '' ? null : text.trim());
const number = (text: string) => readTypedWhole(text) ?? Number.NaN;
const sats = (text: string) => String(readTypedWhole(text) ?? text);

/** The form as the body of PATCH /v1/stores/:id, whose rules then hold for both. */
const settingsForm = z
  .record(z.string(), z.string())
  .transform(
    (form): z.input<typeof storeChange> => ({
      name: form.name ?? '',
      currency: form.currency ?? '',
      default_expiry_minutes: number(form.default_expiry_minutes ?? ''),
      late_payment_grace_minutes: number(form.late_payment_grace_minutes ?? ''),
      tolerance_bp: orNull(form.tolerance_bp) === null ? null : number(form.tolerance_bp ?? ''),
      zero_conf_cap_sats: sats(orNull(form.zero_conf_cap_sats) ?? '0'),
      recycle_addresses: form.recycle_addresses === 'on',
      takes_refund_requests: form.takes_refund_requests === 'on',
      color: form.has_color === 'on' ? orNull(form.color) : null,
      logo_url: orNull(form.logo_url),
      support_url: orNull(form.support_url),
      success_url: orNull(form.success_url),
    }),
  )
  .pipe(storeChange);

const draftOfStore = (store: StoreRow): FormDraft =>
  draftOf({
    name: store.name,
    currency: store.currency,
    default_expiry_minutes: store.defaultExpiryMinutes,
    late_payment_grace_minutes: store.lateGraceMinutes,
    tolerance_bp: store.toleranceBp,
    zero_conf_cap_sats: store.zeroConfCapSats === 0 ? '' : store.zeroConfCapSats,
    recycle_addresses: store.recycleAddresses ? 'on' : '',
    takes_refund_requests: store.takesRefundRequests ? 'on' : '',
    has_color: store.color === null ? '' : 'on',
    color: store.color ?? '#1f2a5c',
    logo_url: store.logoUrl,
    support_url: store.supportUrl,
    success_url: store.successUrl,
  });

export function storeSettingsRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const path = '/stores/:id/settings';

  app.get(path, async (c) => {
    const frame = await storePageContext(c);
    return page(c, await settingsPage(frame, draftOfStore(frame.store)));
  });

  const managed = (c: Ctx) => storePageContext(c, 'manager');
  const form = formsOn(app, managed, settingsPage);
  form(path, settingsForm, async ({ deps, store }, settings, c) => {
    await updateStore(deps, store, settings);
    return redirectAfter(c, `/stores/${store.id}/settings`, 'store_saved');
  });

  for (const [name, turn, code] of [
    ['archive', archiveStore, 'store_archived'],
    ['restore', restoreStore, 'store_restored'],
  ] as const) {
    app.post(`/stores/:id/${name}`, async (c) => {
      await formFields(c);
      const frame = await storePageContext(c, 'owner');
      await turn(frame.deps, frame.store);
      return redirectAfter(c, `/stores/${frame.store.id}/settings`, code);
    });
  }

  const besides = formsOn(app, managed, (frame, { problem }) =>
    settingsPage(frame, { ...draftOfStore(frame.store), problem }),
  );
  besides(`${path}/callback-secret`, z.object({}), async (frame, _, c) => {
    const { callbackSecret } = await renewCallbackSecret(frame.deps, frame.store);
    return page(c, <CallbackSecretPage frame={frame} secret={callbackSecret} />);
  });

  return app;
}

async function settingsPage(frame: StorePageContext, draft: FormDraft) {
  const { store, person, deps } = frame;
  const isManager = may(person, 'manager') && store.archivedAtMs === null;
  return (
    <Shell title="Settings" frame={frame} store={store} tab="/settings">
      <PageHead title="Settings" />
      {isManager ? (
        <SettingsForm frame={frame} draft={draft} currencies={await currencyOptions(deps, store.currency)} />
      ) : (
        <Card>
          <FactList
            rows={[
              ['Name', store.name],
              ['Currency', store.currency],
              ['Minutes to pay', `${store.defaultExpiryMinutes} (${MIN_EXPIRY_MINUTES} to ${MAX_EXPIRY_MINUTES})`],
              ['Late-payment window', `${store.lateGraceMinutes} minutes`],
            ]}
          />
        </Card>
      )}
      <Card title="Store id" lead="Your developer may ask for it.">
        <div class="fields">
          <CopyField id="store-id" label="Store id" value={store.id} />
        </div>
      </Card>
      {isManager && store.testMode && <ClockCard store={store} />}
      {may(person, 'manager') && <Ending frame={frame} />}
    </Shell>
  );
}

function CallbackSecretPage({ frame, secret }: { frame: StorePageContext; secret: string }) {
  const to = `/stores/${frame.store.id}/settings`;
  return (
    <Shell title="Callback secret" frame={frame} store={frame.store} tab="/settings">
      <div class="narrow">
        <PageHead title="Callback secret" back={{ href: to, text: 'Settings' }} />
        <Callout tone="warn">Copy it now. It is shown once. The previous secret no longer works.</Callout>
        <Card>
          <div class="fields">
            <CopyField id="secret" label="Callback secret" value={secret} />
          </div>
          <p class="form-actions">
            <a class="button" href={to}>
              I saved it
            </a>
          </p>
        </Card>
      </div>
    </Shell>
  );
}
