// The evidence of an invoice's payments, to check offline. Called by page.tsx.

import { CopyField } from '../../ui/parts.tsx';
import { Card, FactList } from '../parts.tsx';
import { count, ends } from '../text.ts';
import type { InvoiceView } from './view.ts';
import { isUnconfirmable } from './words.ts';

export function Proofs({ view: { evidence, invoice } }: { view: InvoiceView }) {
  if (invoice.environment === 'test' || invoice.address === '') return null;
  const { evidence: proofs, address_index: index, disputes } = evidence;
  // No block will confirm what came over Lightning.
  if (proofs.length === 0 && isUnconfirmable(invoice)) return null;
  return (
    <Card
      title="Evidence"
      lead="The block of each confirmed payment, and the merkle path to it. You can check it offline, without trusting SatLane or an explorer."
    >
      <FactList rows={[['Address in your wallet', `index ${index}`]]} />
      {proofs.length === 0 && <p class="hint">Evidence appears with the first confirmation.</p>}
      {proofs.map((proof) => (
        <details class="more" id={`proof-${proof.txid.slice(0, 12)}-${proof.vout}`}>
          <summary>
            Block {proof.height.toLocaleString('en-US')}, transaction {ends(proof.txid, 6)}
          </summary>
          <FactList
            rows={[
              ['Merkle branch', count(proof.branch.length, 'step')],
              ['Blocks on top', String(proof.headers_above?.length ?? 0)],
            ]}
          />
          <div class="fields">
            <CopyField
              id={`header-${proof.txid.slice(0, 12)}-${proof.vout}`}
              label="Block header"
              value={proof.header}
            />
            <CopyField
              id={`whole-${proof.txid.slice(0, 12)}-${proof.vout}`}
              label="Everything as JSON"
              value={JSON.stringify(proof)}
            >
              header, merkle branch, transaction, headers above
            </CopyField>
          </div>
        </details>
      ))}
      {disputes.map(({ reason, detail }) => (
        <p class="hint">
          {reason.replaceAll('_', ' ')}: {detail}
        </p>
      ))}
    </Card>
  );
}
