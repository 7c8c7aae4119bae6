// BitPay's paths: those that are answered, and those that its clients ask for in vain and have to be told so in their own words.

import type { Load } from '../later.ts';

const ANSWERED = ['/invoices', '/rates', '/tokens', '/currencies'];
const REFUSED = [
  '/refunds',
  '/bills',
  '/payouts',
  '/recipients',
  '/ledgers',
  '/settlements',
  '/subscriptions',
  '/supportedwallets',
];

export const BITPAY = [...ANSWERED, ...REFUSED].map((path): [path: string, load: Load] => [
  path,
  async () => (await import('./routes.ts')).bitpayRoutes(path),
]);
