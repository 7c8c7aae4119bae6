// People: who they are, how they log in, and what they may do in which account. The first five tables have the shape that
// better-auth reads and writes.

import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { ms } from './columns.ts';
import { accounts } from './merchants.ts';

const date = (name: string) => integer(name, { mode: 'timestamp_ms' });

export const users = sqliteTable('users', {
  id: text().primaryKey(),
  name: text().notNull(),
  email: text().notNull().unique(),
  emailVerified: integer('email_verified', { mode: 'boolean' }).notNull().default(false),
  image: text(),
  twoFactorEnabled: integer('two_factor_enabled', { mode: 'boolean' }).notNull().default(false),
  createdAt: date('created_at').notNull(),
  updatedAt: date('updated_at').notNull(),
});

export const sessions = sqliteTable(
  'sessions',
  {
    id: text().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    token: text().notNull().unique(),
    expiresAt: date('expires_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    /** The account that the person switched to; null for the one joined first. */
    activeAccountId: text('active_account_id'),
    createdAt: date('created_at').notNull(),
    updatedAt: date('updated_at').notNull(),
  },
  (table) => [index('sessions_by_user').on(table.userId)],
);

/** How a user logs in: a row with a password's hash. better-auth calls it an account; ours are something else. */
export const credentials = sqliteTable(
  'credentials',
  {
    id: text().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: date('access_token_expires_at'),
    refreshTokenExpiresAt: date('refresh_token_expires_at'),
    scope: text(),
    password: text(),
    createdAt: date('created_at').notNull(),
    updatedAt: date('updated_at').notNull(),
  },
  (table) => [index('credentials_by_user').on(table.userId)],
);

export const verifications = sqliteTable(
  'verifications',
  {
    id: text().primaryKey(),
    identifier: text().notNull(),
    value: text().notNull(),
    expiresAt: date('expires_at').notNull(),
    createdAt: date('created_at').notNull(),
    updatedAt: date('updated_at').notNull(),
  },
  (table) => [
    index('verifications_by_identifier').on(table.identifier),
    index('verifications_by_value').on(table.value),
    index('verifications_by_expiry').on(table.expiresAt),
  ],
);

export const twoFactors = sqliteTable(
  'two_factors',
  {
    id: text().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    secret: text().notNull(),
    backupCodes: text('backup_codes').notNull(),
    verified: integer({ mode: 'boolean' }).notNull().default(true),
    failedVerificationCount: integer('failed_verification_count').notNull().default(0),
    lockedUntil: date('locked_until'),
  },
  (table) => [uniqueIndex('two_factors_by_user').on(table.userId)],
);

/** One-time codes that were accepted: while such a code is valid it is not accepted again. */
export const usedCodes = sqliteTable(
  'used_codes',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    code: text().notNull(),
    usedAtMs: ms('used_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.code] })],
);

export const passkeys = sqliteTable(
  'passkeys',
  {
    /** The authenticator's name for it, base64url. */
    credentialId: text('credential_id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** `ALGORITHM:SPKI`: COSE's number for what signs, and the key in base64url. */
    publicKey: text('public_key').notNull(),
    /** How often it has signed, where the authenticator counts: one that goes back is a copy. */
    counter: integer().notNull(),
    label: text().notNull(),
    createdAtMs: ms('created_at').notNull(),
    lastUsedAtMs: ms('last_used_at'),
  },
  (table) => [index('passkeys_by_user').on(table.userId)],
);

export const ROLES = ['viewer', 'manager', 'owner'] as const;
/** Each may do what those before it may. */
export type Role = (typeof ROLES)[number];

export const members = sqliteTable(
  'members',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    role: text().$type<Role>().notNull(),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.userId] }), index('members_by_user').on(table.userId)],
);

export const invitations = sqliteTable(
  'invitations',
  {
    /** SHA-256 of the token in the mail, hex. */
    hash: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    email: text().notNull(),
    role: text().$type<Role>().notNull(),
    createdAtMs: ms('created_at').notNull(),
    expiresAtMs: ms('expires_at').notNull(),
  },
  (table) => [uniqueIndex('invitations_by_email').on(table.accountId, table.email)],
);

/** Forms of the dashboard that were sent within a day: a second sending of one does nothing more. */
export const formAnswers = sqliteTable(
  'form_answers',
  {
    /** SHA-256 of who sent what, with the token of the page that showed the form. */
    id: text().primaryKey(),
    /** Sealed: it may show a secret. null until it is there, and again a little later. */
    answerSealed: text('answer_sealed'),
    answeredAtMs: ms('answered_at'),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [index('form_answers_by_age').on(table.createdAtMs)],
);
