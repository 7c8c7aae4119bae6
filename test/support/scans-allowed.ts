// What may walk through a table or sort, and why. Called by scans.ts: what is not named here fails.

/** Tables whose rows do not grow with merchants or sales. */
export const SMALL_TABLES = ['rates', 'chain_state', 'cursors', 'platform_settings', 'd1_migrations'];

/** Partial indexes that may be walked from end to end: they hold what waits, not what was. */
export const SHORT_INDEXES: Record<string, string> = {
  accounts_of_operator: 'one row',
  bolt11_invoices_open: 'BOLT11 invoices that are still looked up',
  connections_removed: 'connections that are deleted once no BOLT11 needs them',
  payout_batches_watched: 'batches that are not confirmed yet',
  payouts_due: 'payouts with something left to do',
  wallets_followed: 'asked by a reorg alone',
};

/** Files of adapters/db/ that sort, and what bounds that. */
export const SORTS: Record<string, string> = {
  'bolt11-invoices.ts': 'stores with open BOLT11 invoices, by chance',
  'coins.ts': 'one wallet’s coins of equal height',
  'connections.ts': 'the connections of one store, a few',
  'events.ts': 'the events of one subject',
  'facts.ts': 'the ids that were asked for, 50 at most',
  'delivery-log.ts': 'the deliveries of one invoice',
  'invoices.ts':
    'one page of each half of many statuses; the invoices of several orders; what is due of time, by chance',
  'lightning-names.ts': 'the names of one store',
  'merchant-mails.ts': 'the members of one account',
  'payout-batches.ts': 'the batches of one wallet that wait, the versions of one',
  'payout-facts.ts': 'the payouts that were asked for',
  'payouts-for-agent.ts': 'the payouts of one store that are due',
  'payouts.ts': 'the events of one payout; stores that have payouts due, by chance',
  'people.ts': 'the accounts of one person',
  'log-counts.ts': '500 events; the days of one page',
  'platform-fees.ts': 'one page of accounts',
  'read/search.ts': 'the holders of one address',
  'test-clock.ts': 'open test invoices of one store',
  'unconfirmed.ts': 'the people that were asked for, 100 at most',
  'wallets.ts': 'the funded addresses of one wallet, when its merchant asks for a file',
  'watch.ts': 'the ids that were asked for; open invoices of three kinds, a page of each',
};
