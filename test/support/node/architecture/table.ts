// Who may import whom, who may use which package, and who writes the table `invoices`. What is no longer needed
// fails in architecture.test.ts: lists only shrink.

interface Part {
  /** Parts whose code it loads. */
  uses?: string[];
  /** Parts of which it needs types only. */
  typesOf?: string[];
  packages?: string[];
}

/** By folder or file of src/, from the ground up: a part uses only what stands before it. Of deps.ts and env.ts, types come down. */
export const PARTS: Record<string, Part> = {
  // what everything may use
  'log.ts': {},
  'errors.ts': {},

  // core: pure, without a clock or I/O
  'core/text': { uses: ['errors.ts'] },
  'core/money': {},
  'core/wallet': { packages: ['@noble/hashes', '@scure/base', '@scure/bip32', '@scure/btc-signer'] },
  'core/proof': { packages: ['@noble/hashes'] },
  'core/psbt': {
    uses: ['core/wallet', 'core/proof'],
    packages: ['@noble/curves', '@noble/hashes', '@scure/base', '@scure/btc-signer'],
  },
  'core/payment': {},
  'core/onchain': { uses: ['core/wallet', 'core/payment'] },
  'core/simulated': { uses: ['core/payment'] },
  'core/lightning': {
    uses: ['core/text', 'core/money', 'core/payment'],
    typesOf: ['core/wallet'],
    packages: ['@noble/curves', '@noble/hashes', '@scure/base'],
  },
  // The one place that knows the ways to pay: to the rest of core/invoice, and to the dialects, a payment is a payment.
  'core/invoice/methods.ts': { uses: ['core/onchain', 'core/lightning', 'core/simulated'], typesOf: ['core/payment'] },
  'core/invoice': { uses: ['core/text', 'core/money', 'core/payment', 'core/invoice/methods.ts'] },
  'core/deposit': { uses: ['core/wallet', 'core/onchain', 'core/invoice'], packages: ['@noble/hashes'] },
  'core/payout': {
    uses: ['core/money', 'core/wallet', 'core/payment', 'core/lightning'],
    typesOf: ['core/psbt', 'core/invoice'],
  },
  // A dialect knows no other: the table alone knows them all.
  'core/dialects/dialect.ts': { typesOf: ['core/invoice', 'core/payout'] },
  'core/dialects/native': { uses: ['core/lightning', 'core/invoice', 'core/payout', 'core/dialects/dialect.ts'] },
  'core/dialects/greenfield': {
    uses: ['core/money', 'core/invoice/methods.ts', 'core/invoice', 'core/dialects/dialect.ts'],
    typesOf: ['core/payout'],
    packages: ['@noble/hashes'],
  },
  'core/dialects/elenpay': {
    uses: ['core/money', 'core/onchain', 'core/invoice/methods.ts', 'core/invoice'],
    typesOf: ['core/payout', 'core/dialects/dialect.ts'],
  },
  'core/dialects/bitpay': {
    uses: ['core/money', 'core/onchain', 'core/invoice/methods.ts', 'core/invoice', 'core/dialects/dialect.ts'],
    typesOf: ['core/payout'],
  },
  'core/dialects': {
    uses: ['core/dialects/native', 'core/dialects/greenfield', 'core/dialects/elenpay', 'core/dialects/bitpay'],
    typesOf: ['core/invoice', 'core/dialects/dialect.ts'],
  },
  'core/snapshot': {
    uses: ['core/money', 'core/onchain', 'core/lightning', 'core/invoice/methods.ts', 'core/invoice', 'core/dialects'],
    typesOf: ['core/payment'],
  },

  // adapters: one folder for each system outside; they do not know each other, but for the database
  'adapters/vault.ts': { packages: ['@scure/base'] },
  'adapters/db': {
    uses: ['core/text', 'core/money', 'core/payment', 'core/onchain', 'core/invoice', 'core/payout'],
    typesOf: ['core/wallet', 'core/psbt', 'core/deposit', 'core/lightning'],
    packages: ['better-auth', 'drizzle-kit', 'drizzle-orm'],
  },
  // what pages and lists may ask without a service between
  'adapters/db/read': { typesOf: ['core/invoice', 'adapters/db'], packages: ['drizzle-orm'] },
  'adapters/explorers': { uses: ['core/text'], packages: ['@noble/hashes', 'zod'] },
  'adapters/nodes': {
    uses: ['core/text', 'core/lightning'],
    typesOf: ['core/payout'],
    packages: ['@noble/ciphers', '@noble/curves', '@noble/hashes', '@scure/base', 'zod'],
  },
  'adapters/rates': { uses: ['core/text', 'core/money'], packages: ['zod'] },
  'adapters/webhooks': {
    uses: ['core/text', 'core/dialects', 'adapters/db'],
    typesOf: ['log.ts', 'adapters/vault.ts'],
    packages: ['@noble/hashes', '@scure/base'],
  },
  'adapters/rooms': { uses: ['core/invoice', 'core/snapshot'], packages: ['cloudflare:workers'] },
  'adapters/limits': { uses: ['core/text'], typesOf: ['adapters/db'], packages: ['cloudflare:workers'] },
  'adapters/mail': { uses: ['core/money'], typesOf: ['core/lightning', 'core/invoice'] },

  // services: the spine
  'services/access': {
    uses: ['errors.ts', 'core/text', 'core/invoice', 'adapters/vault.ts', 'adapters/db'],
    typesOf: ['env.ts', 'deps.ts'],
    packages: ['@scure/base', 'better-auth', 'zod'],
  },
  'services/mails': {
    uses: ['errors.ts', 'core/invoice', 'adapters/db', 'adapters/mail', 'services/access'],
    typesOf: ['deps.ts'],
  },
  'services/events': {
    uses: ['errors.ts', 'core/dialects', 'adapters/db', 'adapters/webhooks'],
    typesOf: ['core/invoice', 'core/payout', 'deps.ts'],
  },
  'services/payments': {
    uses: [
      'errors.ts',
      'core/money',
      'core/wallet',
      'core/invoice/methods.ts',
      'core/invoice',
      'core/onchain',
      'core/lightning',
      'core/deposit',
      'core/simulated',
      'core/dialects',
      'core/snapshot',
      'adapters/vault.ts',
      'adapters/db',
      'adapters/db/read',
      'adapters/rates',
      'adapters/webhooks',
      'adapters/rooms',
      'services/access',
      'services/events',
    ],
    typesOf: ['core/proof', 'adapters/explorers', 'adapters/nodes', 'env.ts', 'deps.ts'],
  },
  'services/accounts': {
    uses: [
      'errors.ts',
      'core/text',
      'core/invoice',
      'adapters/vault.ts',
      'adapters/db',
      'adapters/mail',
      'services/access',
      'services/mails',
    ],
    typesOf: ['deps.ts'],
    packages: ['@scure/base'],
  },
  'services/connections': {
    uses: ['errors.ts', 'core/lightning', 'adapters/db', 'adapters/nodes', 'services/events', 'services/accounts'],
    typesOf: ['deps.ts'],
  },
  'services/lnurl': {
    uses: [
      'errors.ts',
      'core/lightning',
      'adapters/db',
      'services/access',
      'services/payments',
      'services/accounts',
      'services/connections',
    ],
    typesOf: ['deps.ts'],
    packages: ['@noble/hashes'],
  },
  'services/wallets': {
    uses: [
      'errors.ts',
      'core/text',
      'core/wallet',
      'core/deposit',
      'core/invoice',
      'adapters/db',
      'adapters/mail',
      'services/mails',
      'services/accounts',
    ],
    typesOf: ['deps.ts'],
  },
  'services/payouts': {
    uses: [
      'errors.ts',
      'core/money',
      'core/invoice/methods.ts',
      'core/invoice',
      'core/wallet',
      'core/psbt',
      'core/payout',
      'core/dialects',
      'adapters/vault.ts',
      'adapters/db',
      'adapters/rates',
      'services/events',
      'services/payments',
      'services/wallets',
    ],
    typesOf: ['deps.ts'],
  },
  'services/endpoints': {
    uses: [
      'errors.ts',
      'core/text',
      'core/invoice',
      'core/dialects',
      'adapters/db',
      'adapters/webhooks',
      'services/access',
      'services/events',
      'services/payments',
      'services/accounts',
    ],
    typesOf: ['deps.ts'],
  },
  'services/platform': {
    uses: [
      'errors.ts',
      'core/invoice/methods.ts',
      'adapters/db',
      'adapters/rates',
      'adapters/limits',
      'services/access',
      'services/payments',
    ],
    typesOf: ['deps.ts'],
  },

  // jobs: what runs without being asked
  'jobs/deliver': {
    uses: ['core/dialects', 'adapters/db', 'adapters/webhooks'],
    typesOf: ['log.ts'],
    packages: ['cloudflare:workers'],
  },
  'jobs/watch': {
    uses: [
      'core/proof',
      'core/psbt',
      'core/invoice/methods.ts',
      'core/invoice',
      'core/onchain',
      'core/deposit',
      'adapters/db',
      'adapters/explorers',
      'services/payments',
      'services/wallets',
    ],
    typesOf: ['deps.ts'],
    packages: ['@noble/hashes', 'cloudflare:workers'],
  },
  'jobs/poll': {
    uses: ['core/lightning', 'adapters/db', 'adapters/nodes', 'services/payments', 'services/connections'],
    typesOf: ['deps.ts'],
    packages: ['cloudflare:workers'],
  },

  'jobs/pay': {
    uses: [
      'errors.ts',
      'core/payout',
      'adapters/vault.ts',
      'adapters/db',
      'adapters/nodes',
      'services/payouts',
      'services/connections',
    ],
    typesOf: ['deps.ts'],
    packages: ['cloudflare:workers'],
  },

  // configuration and wiring
  'env.ts': {
    uses: ['adapters/explorers'],
    typesOf: ['adapters/rooms', 'adapters/limits', 'jobs/deliver', 'jobs/watch', 'jobs/pay', 'jobs/poll'],
    packages: ['zod'],
  },
  'deps.ts': {
    typesOf: [
      'log.ts',
      'adapters/vault.ts',
      'adapters/db',
      'core/lightning',
      'core/payout',
      'adapters/explorers',
      'adapters/nodes',
      'adapters/rates',
      'adapters/webhooks',
      'adapters/rooms',
      'adapters/limits',
      'adapters/mail',
      'adapters/nodes',
      'core/lightning',
      'jobs/watch',
      'jobs/pay',
      'jobs/poll',
      'env.ts',
    ],
  },
  'cron.ts': {
    uses: [
      'core/money',
      'core/invoice',
      'adapters/db',
      'adapters/rates',
      'services/access',
      'services/mails',
      'services/payments',
      'services/payouts',
      'services/accounts',
      'services/platform',
      'jobs/deliver',
    ],
    typesOf: ['deps.ts'],
  },
  'wiring.ts': {
    uses: [
      'log.ts',
      'adapters/vault.ts',
      'adapters/db',
      'adapters/explorers',
      'adapters/nodes',
      'adapters/rates',
      'adapters/rooms',
      'adapters/limits',
      'adapters/mail',
      'adapters/nodes',
      'services/mails',
      'services/payments',
      'jobs/deliver',
      'jobs/watch',
      'jobs/pay',
      'jobs/poll',
      'env.ts',
    ],
    typesOf: ['deps.ts'],
  },

  // http: what programs and people ask for
  'http/api': {
    uses: ['log.ts', 'errors.ts', 'core/text', 'core/money'],
    typesOf: ['services/access', 'services/payments', 'deps.ts'],
    packages: ['hono'],
  },
  'http/api/openapi/shapes': {
    uses: [
      'errors.ts',
      'core/wallet',
      'core/lightning',
      'core/payment',
      'core/invoice',
      'core/payout',
      'core/dialects',
      'services/access',
    ],
    packages: ['zod'],
  },
  'http/api/native': {
    uses: [
      'log.ts',
      'errors.ts',
      'core/text',
      'core/money',
      'core/wallet',
      'core/lightning',
      'core/payment',
      'core/invoice',
      'core/payout',
      'core/dialects',
      'services/access',
      'services/mails',
      'services/events',
      'services/payments',
      'services/payouts',
      'services/accounts',
      'services/connections',
      'services/lnurl',
      'services/wallets',
      'services/endpoints',
      'services/platform',
      'http/api',
    ],
    typesOf: ['deps.ts', 'http/api/openapi/shapes'],
    packages: ['hono', 'zod'],
  },
  'http/api/greenfield': {
    uses: [
      'log.ts',
      'errors.ts',
      'core/text',
      'core/money',
      'core/invoice/methods.ts',
      'core/invoice',
      'core/payment',
      'core/onchain',
      'core/lightning',
      'core/payout',
      'core/dialects/greenfield',
      'core/dialects',
      'services/access',
      'services/lnurl',
      'services/payments',
      'services/payouts',
      'services/accounts',
      'services/connections',
      'services/wallets',
      'services/endpoints',
      'services/platform',
      'http/api',
      'http/api/native',
    ],
    typesOf: ['deps.ts'],
    packages: ['hono', 'zod'],
  },
  'http/api/elenpay': {
    uses: [
      'core/text',
      'core/invoice/methods.ts',
      'core/invoice',
      'core/payout',
      'core/dialects/elenpay',
      'services/access',
      'services/payments',
      'services/payouts',
      'http/api/greenfield',
      'http/api/native',
    ],
    typesOf: ['deps.ts', 'http/api'],
    packages: ['zod'],
  },
  'http/api/bitpay': {
    uses: [
      'log.ts',
      'errors.ts',
      'core/text',
      'core/money',
      'core/wallet',
      'core/invoice',
      'core/payout',
      'core/dialects/bitpay',
      'services/access',
      'services/payments',
      'services/payouts',
      'services/accounts',
      'http/api',
      'http/api/native',
    ],
    typesOf: ['deps.ts'],
    packages: ['@noble/curves', '@noble/hashes', '@scure/base', 'hono', 'zod'],
  },
  'http/api/openapi': {
    uses: ['errors.ts', 'http/api/openapi/shapes', 'http/api', 'http/api/native'],
    packages: ['zod'],
  },
  'http/ui': { uses: ['core/money'], typesOf: ['core/snapshot'], packages: ['hono', 'uqr'] },
  'http/checkout': {
    uses: [
      'errors.ts',
      'core/text',
      'core/money',
      'core/wallet',
      'core/onchain',
      'core/lightning',
      'core/snapshot',
      'services/payments',
      'http/api',
      'http/api/native',
      'http/ui',
    ],
    typesOf: ['deps.ts'],
    packages: ['hono'],
  },
  'http/claim': {
    uses: [
      'errors.ts',
      'core/text',
      'core/money',
      'core/lightning',
      'services/payouts',
      'http/api',
      'http/api/native',
      'http/ui',
      'http/checkout',
    ],
    packages: ['hono'],
  },
  'http/dashboard': {
    uses: [
      'log.ts',
      'errors.ts',
      'core/text',
      'core/money',
      'core/wallet',
      'core/lightning',
      'core/invoice',
      'core/payout',
      'core/dialects',
      'core/snapshot',
      'adapters/db/read',
      'services/access',
      'services/mails',
      'services/payments',
      'services/payouts',
      'services/accounts',
      'services/connections',
      'services/lnurl',
      'services/wallets',
      'services/endpoints',
      'services/platform',
      'http/api',
      'http/api/native',
      'http/ui',
    ],
    typesOf: ['deps.ts'],
    packages: ['hono', 'zod'],
  },
  'http/hooks': {
    uses: ['errors.ts', 'core/text', 'services/payments'],
    typesOf: ['http/api'],
    packages: ['hono'],
  },
  'http/lnurl': {
    uses: ['errors.ts', 'core/text', 'services/lnurl', 'services/payouts'],
    typesOf: ['log.ts', 'http/api'],
    packages: ['hono'],
  },
  'http/api/dialects.ts': {
    uses: ['log.ts', 'http/api/greenfield', 'http/api/elenpay', 'http/api/bitpay'],
    typesOf: ['http/api'],
    packages: ['hono'],
  },
  'http/api/lazy.ts': { uses: ['http/api', 'http/api/dialects.ts'], packages: ['hono'] },
  'http/api/failures.ts': {
    uses: ['log.ts', 'http/api/native', 'http/api/dialects.ts', 'http/dashboard', 'http/lnurl'],
    packages: ['hono'],
  },
  'http/docs': { uses: ['errors.ts', 'http/api/openapi', 'http/ui'], typesOf: ['http/api'], packages: ['hono'] },

  // entry
  'app.ts': {
    uses: [
      'errors.ts',
      'wiring.ts',
      'http/api',
      'http/api/native',
      'http/api/openapi',
      'http/lnurl',
      'http/checkout',
      'http/claim',
      'http/dashboard',
      'http/api/lazy.ts',
      'http/api/dialects.ts',
      'http/api/failures.ts',
      'http/docs',
      'http/hooks',
    ],
    typesOf: ['env.ts', 'deps.ts'],
    packages: ['hono'],
  },
  'worker.ts': {
    uses: [
      'adapters/rooms',
      'adapters/limits',
      'services/payments',
      'jobs/deliver',
      'jobs/watch',
      'jobs/pay',
      'jobs/poll',
      'cron.ts',
      'wiring.ts',
      'app.ts',
    ],
    typesOf: ['adapters/webhooks', 'env.ts', 'deps.ts'],
  },

  // tools, never in the bundle
  cli: { uses: ['adapters/webhooks'], packages: ['node:crypto', 'node:timers', 'node:util'] },
  'dev/control.ts': { packages: ['zod'] },
  'dev/chain': {
    uses: ['dev/control.ts'],
    packages: [
      '@noble/curves',
      '@noble/hashes',
      '@scure/base',
      '@scure/btc-signer',
      'node:fs',
      'node:http',
      'node:module',
      'node:stream',
      'ws',
      'zod',
    ],
  },
  'dev/shop': { uses: ['adapters/webhooks'], packages: ['hono', 'node:crypto', 'node:fs', 'node:http', 'zod'] },
  'dev/lightning': {
    uses: ['dev/control.ts', 'dev/shop'],
    packages: [
      '@noble/curves',
      '@noble/hashes',
      '@scure/base',
      '@scure/btc-signer',
      'lightningdevkit',
      'node:crypto',
      'node:fs',
      'node:http',
      'node:module',
      'node:timers',
      'ws',
      'zod',
    ],
  },
  dev: {
    uses: ['errors.ts', 'core/wallet', 'core/invoice', 'adapters/vault.ts', 'dev/chain', 'dev/shop', 'dev/lightning'],
    packages: [
      '@scure/bip32',
      'better-auth',
      'hono',
      'marked',
      'node:child_process',
      'node:crypto',
      'node:fs',
      'node:module',
      'node:path',
      'node:readline',
      'node:timers',
      'node:url',
      'node:util',
      'wrangler',
      'zod',
    ],
  },
  'dev/bench': {
    uses: [
      'core/wallet',
      'core/proof',
      'adapters/db',
      'adapters/explorers',
      'jobs/deliver',
      'jobs/watch',
      'wiring.ts',
      'worker.ts',
      'dev/chain',
      'dev/lightning',
      'dev',
    ],
    typesOf: ['adapters/webhooks', 'env.ts', 'deps.ts'],
    packages: [
      '@scure/base',
      '@scure/bip32',
      '@scure/btc-signer',
      'miniflare',
      'node:child_process',
      'node:crypto',
      'node:events',
      'node:fs',
      'node:http',
      'node:net',
      'node:os',
      'node:path',
      'node:stream',
      'node:timers',
      'node:url',
      'node:util',
      'node:zlib',
      'wrangler',
    ],
  },
  'dev/soak': {
    uses: [
      'errors.ts',
      'adapters/vault.ts',
      'adapters/db',
      'adapters/explorers',
      'adapters/nodes',
      'core/lightning',
      'services/connections',
      'services/payments',
      'jobs/poll',
      'jobs/watch',
      'env.ts',
      'dev/chain',
      'dev',
    ],
    typesOf: ['core/payout', 'deps.ts'],
    packages: [
      '@scure/base',
      '@scure/bip32',
      '@scure/btc-signer',
      'node:crypto',
      'node:fs',
      'node:os',
      'node:path',
      'node:sqlite',
      'node:util',
      'node:worker_threads',
    ],
  },
};

/** Who writes the table `invoices`, and who may call them. */
export const WRITERS: { writer: string; callers: string[]; why: string }[] = [
  {
    writer: 'adapters/db/creation.ts#writeCreation',
    callers: ['services/payments/create.ts'],
    why: 'the creating batch',
  },
  {
    writer: 'adapters/db/invoices.ts#updateInvoice',
    callers: ['services/payments/commit.ts'],
    why: 'the one commit of a step',
  },
  {
    writer: 'adapters/db/invoices.ts#rewatch',
    callers: ['services/payments/advance.ts', 'jobs/watch/rounds.ts'],
    why: 'when to look again: no fact and no version changes',
  },
  {
    writer: 'adapters/db/invoices.ts#insertInvoice',
    callers: ['services/payments/commit.ts'],
    why: 'the one commit of a step, where a deposit makes its invoice',
  },
  {
    writer: 'adapters/db/test-clock.ts#moveTestClock',
    callers: ['services/payments/test-clock.ts'],
    why: 'moves the times of test invoices',
  },
  {
    writer: 'dev/bench/large-store-seed.ts#seedLargeStore',
    callers: ['dev/bench/large-store.ts'],
    why: 'a hundred thousand in one statement',
  },
  { writer: 'dev/bench/watch-seed.ts#seedInvoices', callers: ['dev/bench/watch.ts'], why: 'as above' },
];

/** Files that name a dialect in their code, beside the folders of the dialects and the two tables. */
export const NAMING: { file: RegExp; why: string }[] = [
  {
    file: /^adapters\/db\/schema\/paired-clients\.ts$/,
    why: 'its table keeps its name: the Worker that a deployment replaces still reads it while migrations run',
  },
  { file: /^(http\/docs|http\/api\/openapi|dev\/docs\.ts)/, why: 'each dialect has a guide of its own' },
  {
    file: /^dev\/(seed\.ts|bench\/|soak\/address-terms\.ts)/,
    why: 'the local world, benchmarks and histories seed endpoints',
  },
];

/** Files that their own folder alone imports. */
export const INNER: { file: string; why: string }[] = [
  { file: 'services/payments/advance.ts', why: 'what happens to an invoice has a name: cancel, mark, edit, observe' },
  { file: 'services/payments/commit.ts', why: 'a step is decided by advance.ts before it is written' },
];

/** Circles of files, as `a.ts ⇄ b.ts`: there are none. */
export const CIRCLES: string[] = [];

/** Who is called from outside src/ and test/, and by which names. */
export const ENTRIES: { file: string; names: string[] | '*'; by: string }[] = [
  { file: 'worker.ts', names: '*', by: 'wrangler.toml' },
  { file: 'services/access/unused-parts.ts', names: '*', by: 'wrangler.toml' },
  { file: 'adapters/db/drizzle.config.ts', names: ['default'], by: 'npm run db:generate' },
  { file: 'adapters/db/schema.ts', names: '*', by: 'drizzle-kit, which makes migrations of all tables' },
  { file: 'adapters/webhooks/signature.ts', names: '*', by: 'the package that merchants install' },
  { file: 'dev/bench/worker/entry.ts', names: '*', by: 'wrangler, for benchmarks' },
  { file: 'dev/bench/worker/watch-entry.ts', names: '*', by: 'wrangler, for benchmarks' },
];

/**
 * One idea in several layers may have one name there: each file that exports it is in another of these folders. Without
 * `names`, every name that they share.
 */
export const ONE_IDEA: { folders: string[]; names?: string[]; why: string }[] = [
  {
    folders: ['adapters/db/schema/', 'http/api/openapi/shapes/'],
    why: 'a table, and what the API shows of its rows',
  },
  {
    folders: ['http/api/native/', 'http/api/greenfield/', 'http/api/bitpay/'],
    why: 'each API reads and answers the same thing in its own words',
  },
  {
    folders: ['core/proof/', 'dev/chain/'],
    names: ['fromDisplay', 'merkleBranch', 'sha256d', 'toDisplay'],
    why: 'the simulated chain computes by itself what the product is tested with',
  },
  {
    folders: ['http/ui/', 'dev/shop/'],
    names: ['fiatText', 'satsText', 'timeText'],
    why: 'the demo shop is a program of its own',
  },
  {
    folders: ['worker.ts', 'dev/bench/worker/'],
    names: ['Watcher'],
    why: 'wrangler.toml binds the class by this name',
  },
];

/** What is loaded by the first request for it. */
export const LAZY =
  /^(http\/(dashboard|docs|lnurl\/routes|api\/openapi|api\/native\/(setup|store|wallet|auth|totp|session|passkey|person|account|platform))|services\/access\/better-auth)/;
