// Gives each test file in workerd an empty platform: no rows, no objects, the schema of migrations/. Files share their modules,
// which is most of what starting one costs.

import { reset } from 'cloudflare:test';
import { buildDatabase, emptyDatabase } from './database.ts';
import { startWithFirstKey } from './keys.ts';

await reset();
await emptyDatabase();
await buildDatabase();
startWithFirstKey();
