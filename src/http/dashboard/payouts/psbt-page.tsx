// /stores/:id/payout-batches/:bid/text: the PSBT of a batch to copy or to scan, for wallets that take no file. Called by batches.tsx.

import { CopyField } from '../../ui/parts.tsx';
import { QrCode } from '../../ui/qr.tsx';
import type { StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Callout, Card, PageHead } from '../parts.tsx';

/** Of a longer one the points are too small for a camera in front of a screen. */
const MAX_SCANNED_CHARACTERS = 1_200;
const MAX_COPIED_CHARACTERS = 200_000;

/** @param props.psbt in base64 */
export function PsbtPage({ frame, id, psbt }: { frame: StorePageContext; id: string; psbt: string }) {
  const { store } = frame;
  const to = `/stores/${store.id}/payout-batches/${id}`;
  return (
    <Shell title="PSBT" frame={frame} store={store} tab="/payouts">
      <div class="narrow">
        <PageHead
          title="PSBT as text"
          back={{ href: to, text: 'Batch' }}
          lead="For wallets that take no file. Signed, go back to the batch and upload the text that your wallet shows."
        />
        {psbt.length > MAX_COPIED_CHARACTERS ? (
          <Callout tone="warn">
            This PSBT is too long to copy. <a href={`${to}/psbt`}>Download it as a file</a>
          </Callout>
        ) : (
          <Card title="Text">
            <div class="fields">
              <CopyField id="psbt" label="PSBT in base64" value={psbt} />
            </div>
          </Card>
        )}
        {psbt.length <= MAX_SCANNED_CHARACTERS ? (
          <Card title="QR code" lead="Scan it with your wallet.">
            <div class="qr-box large">
              <QrCode data={psbt} label="QR code of the PSBT" />
            </div>
          </Card>
        ) : (
          <p class="hint">This transaction is too long for one QR code.</p>
        )}
      </div>
    </Shell>
  );
}
