// Every table, as drizzle sees it. migrations/ holds the SQL that makes them (WITHOUT ROWID is added there by hand:
// drizzle cannot say it, and it halves the rows that D1 bills for an insert).

export * from './schema/chain.ts';
export * from './schema/coins.ts';
export * from './schema/deliveries.ts';
export * from './schema/deposit-addresses.ts';
export * from './schema/events.ts';
export * from './schema/intents.ts';
export * from './schema/invoices.ts';
export * from './schema/lightning.ts';
export * from './schema/mail.ts';
export * from './schema/merchants.ts';
export * from './schema/paired-clients.ts';
export * from './schema/payouts.ts';
export * from './schema/people.ts';
export * from './schema/platform.ts';
