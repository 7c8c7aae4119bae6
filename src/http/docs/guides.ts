// The guides, from guides.json, which `npm run docs` makes of the .md files next to it: the Worker needs no Markdown parser.

import written from './guides.json' with { type: 'json' };

interface Guide {
  title: string;
  /** Its first sentence. */
  summary: string;
  html: string;
  /** Headings by their anchors. */
  toc: Record<string, string>;
}

/** A file to copy, served as text. */
interface Sample {
  text: string;
}

const all: Record<string, Guide | Sample> = written;

/** In the order in which an integration needs them, by their names in the menu. */
const ORDER = {
  quickstart: 'Quickstart',
  invoices: 'Invoices',
  webhooks: 'Webhooks',
  events: 'Event log',
  errors: 'Errors',
  wallets: 'Wallets',
  'lightning-nodes': 'Lightning nodes',
  'node-lightning-address': 'Lightning address',
  'node-phoenixd': 'phoenixd',
  'node-lnd': 'LND',
  'node-core-lightning': 'Core Lightning',
  'node-lnbits': 'LNbits',
  'node-nwc': 'Nostr Wallet Connect',
  'lightning-addresses': 'Lightning addresses',
  payouts: 'Refunds and payouts',
  'sign-a-batch': 'Sign a batch',
  'going-live': 'Going live',
  'moving-from-btcpay': 'From BTCPay Server',
  greenfield: 'Greenfield',
  elenpay: 'ElenPAY',
  bitpay: 'BitPay',
};

export const GUIDES = Object.entries(ORDER).map(([slug, name]) => ({ ...(all[slug] as Guide), slug, name }));

/** Of one kind of node: in the menu only beside the others of its kind. */
export const isOfNode = (slug: string) => slug.startsWith('node-');

/** By its path under /docs. */
export function guide(path: string): Guide | Sample | undefined {
  return Object.hasOwn(all, path) ? all[path] : undefined;
}
