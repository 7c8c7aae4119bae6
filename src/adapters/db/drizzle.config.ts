// For `npm run db:generate`: writes the next file of migrations/ from schema.ts.
import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'sqlite', schema: './src/adapters/db/schema.ts', out: './migrations' });
