// A store's connections to its Lightning nodes and wallets, as the API and the events of a connection show them, and the
// addresses that are paid to them.

import * as z from 'zod';
import { CONNECTION_KINDS, NODE_FAULTS } from '../../../../core/lightning/connection.ts';
import { hex, named, network, sats, time, timeOrNull, uuid } from './common.ts';

export const connection = named(
  'Connection',
  'A Lightning node or wallet of the merchant. Its credentials are in no answer.',
  {
    id: uuid,
    kind: z.enum(CONNECTION_KINDS),
    name: z.string(),
    host: z.string().describe('Of the server; a Lightning address whole.'),
    network,
    receives: z.boolean().describe('New invoices are paid to it over Lightning.'),
    pays: z.boolean().describe('A credential that pays is kept.'),
    status: z.enum(['up', 'down']).describe('`down` after five failures in a row, `up` again with the first answer.'),
    down_since: timeOrNull,
    last_fault: z
      .enum(NODE_FAULTS)
      .nullable()
      .describe('Why the last request failed; null after one that was answered.'),
    last_ok_at: timeOrNull.describe('When it last answered, to five minutes.'),
    node_id: hex.nullable().describe('The node’s public key, where it has shown one.'),
    capabilities: z.strictObject({
      cancels: z.boolean().describe('An unpaid BOLT11 invoice can be ended before its time.'),
      hooks: z.boolean().describe('The node itself notifies SatLane of a payment.'),
      lists: z.boolean().describe('Many BOLT11 invoices are looked up in one request.'),
      description_hashes: z.boolean().describe('LNURL-pay can be served from it.'),
    }),
    trusted: z
      .boolean()
      .describe(
        'The server behind the name could hand out a BOLT11 invoice of its own: you trust it with each payment.',
      ),
    created_at: time,
  },
);

export const connectionAnswer = z.strictObject({ connection });
export const connections = z.strictObject({ connections: z.array(connection) });
export const connectionTest = z.strictObject({
  test: z.strictObject({
    works: z.boolean(),
    fault: z
      .enum([...NODE_FAULTS, 'wrong_network'])
      .nullable()
      .describe('For programs; null where it works.'),
    message: z.string().describe('For people: what does not work, and what to do.'),
    took_ms: z.int().min(0),
  }),
  connection,
});

export const payAddress = named('LightningAddress', 'A name by which any wallet pays the store over Lightning.', {
  name: z.string(),
  address: z.string().describe('`name@host`, as payers type it.'),
  lnurl: z.string().describe('For a QR code: `LNURL1…` in upper case (LUD-01).'),
  link: z.string().describe('For a link: `lnurlp://…` (LUD-17).'),
  min_sats: sats,
  max_sats: sats,
  comment_length: z.int().min(0).describe('So many characters a payer may write; 0 for none.'),
  success_message: z.string().nullable(),
  enabled: z.boolean(),
  created_at: time,
});

export const lightningAddressAnswer = z.strictObject({ lightning_address: payAddress });
export const lightningAddresses = z.strictObject({ lightning_addresses: z.array(payAddress) });
