// Explorers that lie: only a payment that proves itself is credited.

import { describe, expect, it } from 'vitest';
import { parseHeader } from '../../../src/core/proof/header.ts';
import { bindings } from '../../support/merchant.ts';
import { hexOf, type Lie, openShop, type Shop } from '../../support/shop.ts';

const HTML = '<!DOCTYPE html><html><body><h1>Please try again later</h1></body></html>';
const isHeader = (path: string) => path.endsWith('/header');
const isBlock = (path: string) => path.endsWith('/raw');

/** The same header with a nonce that does no work. */
function withoutWork(honest: Uint8Array): Uint8Array {
  const header = honest.slice();
  while (Number.parseInt(parseHeader(header).hash.slice(0, 2), 16) < 0x80) header[76] = ((header[76] ?? 0) + 1) % 256;
  return header;
}

/** A block in which the output that pays `script` pays a hundred times as much. */
function altered(block: Uint8Array, script: string): Uint8Array<ArrayBuffer> {
  const at = hexOf(block).indexOf(script) / 2;
  const forged = Uint8Array.from(block);
  new DataView(forged.buffer).setBigUint64(at - 9, 10_000_000n, true);
  return forged;
}

async function scriptOf(id: string): Promise<string> {
  const row = await bindings.DB.prepare('SELECT script FROM invoices WHERE id = ?')
    .bind(id)
    .first<{ script: string }>();
  return row?.script ?? '';
}

async function previousBlock(shop: Shop): Promise<Uint8Array<ArrayBuffer>> {
  const [ours] = await shop.headers();
  const response = await fetch(`${shop.chain.explorers[0]}/block/${ours?.hash}/raw`);
  return new Uint8Array(await response.arrayBuffer());
}

const lies: [what: string, lie: (shop: Shop, id: string) => Promise<Lie>][] = [
  ['another header', async () => (path, honest) => (isHeader(path) ? textOf(honest).replace(/^../, 'ff') : null)],
  ['a header cut off', async () => (path, honest) => (isHeader(path) ? honest.slice(0, 80) : null)],
  ['a page for a header', async () => (path) => (isHeader(path) ? HTML : null)],
  [
    'another block',
    async (shop) => {
      const other = await previousBlock(shop);
      return (path) => (isBlock(path) ? other : null);
    },
  ],
  ['a block cut off', async () => (path, honest) => (isBlock(path) ? honest.slice(0, honest.length - 7) : null)],
  ['an empty block', async () => (path) => (isBlock(path) ? '' : null)],
  ['a page for a block', async () => (path) => (isBlock(path) ? HTML : null)],
  [
    'a block with one altered output',
    async (_, id) => {
      const script = await scriptOf(id);
      return (path, honest) => (isBlock(path) ? altered(honest, script) : null);
    },
  ],
];

describe('A lie about a block', () => {
  it.each(lies)('(%s) is seen through, and another explorer is asked', async (_, tell) => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    shop.lie(0, await tell(shop, id));
    await shop.mine();
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ status: 'paid', amount_confirmed_sats: '100000' });
  });

  it.each(lies)('(%s) that all of them tell changes nothing; afterwards all is caught up', async (_, tell) => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    const lie = await tell(shop, id);
    for (const view of [0, 1]) shop.lie(view, lie);
    await shop.mine();
    await shop.follow();
    expect(await shop.headers()).toHaveLength(1);
    expect(await shop.events(id)).toEqual(['invoice.created']);
    for (const view of [0, 1]) shop.lie(view, null);
    shop.merchant.clock.advanceMinutes(1);
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ status: 'paid', amount_confirmed_sats: '100000' });
  });
});

describe('An explorer that invents a tip', () => {
  const inventions: [what: string, invent: (shop: Shop) => Promise<Lie>][] = [
    [
      'without work',
      async (shop) => {
        const [ours] = await shop.headers();
        const header = withoutWork((await previousBlock(shop)).slice(0, 80));
        return announced(parseHeader(header).hash, (ours?.height ?? 0) + 10, hexOf(header));
      },
    ],
    ['that no explorer knows', async () => announced('ab'.repeat(32), 1_000_000, null)],
    [
      'at a height that is not its own',
      async (shop) => announced((await shop.headers())[0]?.hash ?? '', 1_000_000, null),
    ],
  ];
  function announced(hash: string, height: number, header: string | null): Lie {
    return (path) => {
      if (path === '/blocks/tip/hash') return hash;
      if (path === '/blocks/tip/height') return String(height);
      return header !== null && path === `/block/${hash}/header` ? header : null;
    };
  }

  it.each(inventions)('(%s) changes nothing', async (_, invent) => {
    const shop = await openShop();
    const before = await shop.headers();
    shop.lie(0, await invent(shop));
    await shop.follow();
    expect(await shop.headers()).toEqual(before);
  });

  it.each(inventions)('(%s) does not keep the honest one from being followed', async (_, invent) => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    shop.lie(0, await invent(shop));
    await shop.pay(address, 100_000);
    await shop.mine();
    for (let round = 0; round < 4; round++) {
      await shop.follow();
      shop.merchant.clock.advanceMinutes(1);
    }
    expect((await shop.read(id)).status).toBe('paid');
  });
});

describe('An explorer that misnames the blocks of an absence', () => {
  async function paidDespite(name: (shop: Shop) => Promise<string>): Promise<string> {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    const said = await name(shop);
    shop.lie(0, (path) => (path.startsWith('/block-height/') ? said : null));
    await shop.pay(address, 100_000);
    await shop.mine(40);
    for (let round = 0; round < 4; round++) {
      await shop.follow();
      shop.merchant.clock.advanceMinutes(1);
    }
    return (await shop.read(id)).status;
  }

  it('by a page does not keep the honest one from telling them', async () => {
    expect(await paidDespite(async () => HTML)).toBe('paid');
  });

  it('by an unknown hash does not either', async () => {
    expect(await paidDespite(async () => 'ab'.repeat(32))).toBe('paid');
  });

  it('by the block that is ours already does not either', async () => {
    expect(await paidDespite(async (shop) => (await shop.headers())[0]?.hash ?? '')).toBe('paid');
  });
});

describe('A deployment’s first block', () => {
  it('has the height that it was mined at, not the explorer’s', async () => {
    const shop = await openShop();
    await bindings.DB.exec('DELETE FROM chain_state; DELETE FROM headers');
    // A block that comes between the question for the hash and that for the height looks the same, without any malice.
    shop.lie(0, (path, honest) => (path === '/blocks/tip/height' ? String(Number(textOf(honest)) + 1) : null));
    await shop.follow();
    shop.lie(0, null);
    const { tip } = await shop.mine();
    await shop.follow();
    expect((await shop.headers())[0]).toEqual(tip);
  });
});

describe('An explorer that never answers', () => {
  it('costs its time and nothing else', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.fault(0, { hang: true });
    await shop.follow();
    await shop.fault(0);
    expect((await shop.read(id)).status).toBe('paid');
  });
});

describe('A lie about a payment', () => {
  it('that claims one the chain does not hold never makes an invoice paid', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    for (const view of [0, 1]) await shop.fault(view, { forge: { address, sats: 100_000 } });
    await shop.look(id);
    await shop.mine(3);
    const during = await shop.look(id);
    // Its block was there before the invoice, and it cannot be proven to be in that block.
    expect(during).toMatchObject({ status: 'pending', amount_confirmed_sats: '0' });
    for (const view of [0, 1]) await shop.fault(view);
    await shop.look(id);
    shop.merchant.clock.advanceMinutes(2);
    expect(await shop.look(id)).toMatchObject({ status: 'pending', amount_paid_sats: '0' });
    expect(await shop.events(id)).not.toContain('invoice.paid');
  });

  it('about its amount does not change a payment whose block was read', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 40_000);
    await shop.mine();
    for (const view of [0, 1]) await shop.fault(view, { alterSats: 60_000 });
    expect(await shop.look(id)).toMatchObject({ status: 'underpaid', amount_confirmed_sats: '40000' });
    expect(await shop.look(id)).toMatchObject({ status: 'underpaid', amount_confirmed_sats: '40000' });
  });

  it('about its amount in the mempool is corrected by its block', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.fault(0, { alterSats: 99_000 });
    await shop.pay(address, 1_000);
    await shop.look(id);
    await shop.mine();
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ status: 'underpaid', amount_confirmed_sats: '1000' });
  });

  it('that calls a stranger’s ours is seen through: the transaction’s own bytes pay a different address', async () => {
    const shop = await openShop();
    const [ours, theirs] = [await shop.invoiceOf(100_000, 5), await shop.invoiceOf(100_000)];
    const [mine, other] = [await scriptOf(ours.id), await scriptOf(theirs.id)];
    await shop.pay(theirs.address, 100_000);
    const history = await fetch(`${shop.chain.explorers[0]}/address/${theirs.address}/txs`);
    const claimed = (await history.text()).replaceAll(other, mine);
    shop.lie(0, (path) => (path === `/address/${ours.address}/txs` ? claimed : null));
    expect((await shop.look(ours.id)).status).toBe('pending');
    shop.merchant.clock.advanceMinutes(10);
    expect((await shop.look(ours.id)).status).toBe('expired');
  });

  it.each([
    ['its amount', (json: string) => json.replaceAll('"value":100000', '"value":900000')],
    [
      'an output more',
      (json: string) => json.replaceAll('"vout":[', '"vout":[{"scriptpubkey":"SCRIPT","value":50000},'),
    ],
  ])('about %s in the mempool is never believed', async (_, alter) => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    const script = await scriptOf(id);
    const lie = (path: string, honest: Uint8Array) =>
      path.startsWith('/address/') ? alter(textOf(honest)).replaceAll('SCRIPT', script) : null;
    for (const view of [0, 1]) shop.lie(view, lie);
    await shop.pay(address, 100_000);
    expect(await shop.look(id)).toMatchObject({ status: 'seen', amount_paid_sats: '100000', payments: [{}] });
    expect(await shop.look(id)).toMatchObject({ status: 'seen', amount_paid_sats: '100000', payments: [{}] });
  });

  it('without its bytes is no payment, and keeps no invoice from expiring', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000, 5);
    for (const view of [0, 1]) await shop.fault(view, { forge: { txid: 'ab'.repeat(32), address, sats: 100_000 } });
    expect((await shop.look(id)).status).toBe('pending');
    shop.merchant.clock.advanceMinutes(6);
    expect((await shop.look(id)).status).toBe('expired');
  });

  it('about the coins it spends is not believed either', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    shop.lie(0, (path, honest) => (path.startsWith('/address/') ? alterInputs(textOf(honest)) : null));
    const { txid } = await shop.pay(address, 100_000);
    await shop.look(id);
    const row = await bindings.DB.prepare(
      "SELECT details ->> 'inputs' AS inputs FROM payments WHERE invoice_id = ? AND substr(id, 1, 64) = ?",
    )
      .bind(id, txid)
      .first<{ inputs: string }>();
    expect(JSON.parse(row?.inputs ?? '')).toHaveLength(1);
    expect(row?.inputs).not.toContain('cd'.repeat(32));
  });
});

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function alterInputs(json: string): string {
  const txs = JSON.parse(json) as { vin: { txid: string }[] }[];
  for (const tx of txs) for (const input of tx.vin) input.txid = 'cd'.repeat(32);
  return JSON.stringify(txs);
}
