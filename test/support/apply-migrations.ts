// Gives each test file in workerd an empty platform: no rows, no objects, the schema of migrations/. Files share their modules,
// which is most of what starting one costs.

import { applyD1Migrations, type D1Migration, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

const { DB, TEST_MIGRATIONS } = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };
await reset();
await applyD1Migrations(DB, TEST_MIGRATIONS);
