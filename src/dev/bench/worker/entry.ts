// The Worker that the bench measures: the product's own and, in the same isolate on the same D1, the bare statements
// that it is compared with. Built by ../build.ts, never deployed.

import type { Env } from '../../../env.ts';
import product from '../../../worker.ts';
import { addEndpoints, handOver } from './first-attempts.ts';
import { METER_HEADER, metered } from './metered.ts';

// Every Durable Object that wrangler.toml names.
export * from '../../../worker.ts';

// biome-ignore lint/style/noDefaultExport: the runtime takes a Worker's handlers from its default export.
export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === '/bench/nothing') return new Response(null, { status: 204 });
    if (url.pathname === '/bench/insert') return bareInsert(env.DB);
    if (url.pathname === '/bench/read') return bareRead(env.DB, url.searchParams.get('id') ?? '');
    if (url.pathname === '/bench/invoice') return bareInvoice(env.DB, url.searchParams.get('id') ?? '');
    if (url.pathname === '/bench/hand-over') return handOver(env, url.searchParams.get('batch') ?? '');
    if (url.pathname === '/bench/endpoints') return addEndpoints(env, ctx, url.searchParams);
    const own = countingNothing(env);
    if (request.headers.has(METER_HEADER)) return metered(product.fetch, request, own);
    return product.fetch(request, own, ctx);
  },
  scheduled: product.scheduled,
} satisfies ExportedHandler<Env>;

let here: Env | undefined;

/** Cloudflare counts requests beside the Worker; the local simulator does it in an object behind two more isolates. */
function countingNothing(env: Env): Env {
  const unlimited: RateLimit = { limit: async () => ({ success: true }) };
  here ??= { ...env, CREATE_LIMITER: unlimited, REQUEST_LIMITER: unlimited };
  return here;
}

async function bareInsert(db: D1Database): Promise<Response> {
  const id = crypto.randomUUID();
  await db.prepare('INSERT INTO bench_rows (id, created_at) VALUES (?, ?)').bind(id, Date.now()).run();
  return Response.json({ id }, { status: 201 });
}

async function bareInvoice(db: D1Database, id: string): Promise<Response> {
  return Response.json(await db.prepare('SELECT * FROM invoices WHERE id = ?').bind(id).first());
}

async function bareRead(db: D1Database, id: string): Promise<Response> {
  return Response.json(await db.prepare('SELECT id, created_at FROM bench_rows WHERE id = ?').bind(id).first());
}
