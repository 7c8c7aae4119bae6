// What forms that were sent have been answered with, so that a second sending of one does nothing more. Called by
// accounts/once.ts and the cron.

import { and, between, eq, isNotNull, lt } from 'drizzle-orm';
import type { Database } from './database.ts';
import { formAnswers } from './schema.ts';

/** @returns whether this is the first sending */
export async function claimForm(db: Database, id: string, nowMs: number): Promise<boolean> {
  const rows = await db
    .insert(formAnswers)
    .values({ id, createdAtMs: nowMs })
    .onConflictDoNothing()
    .returning({ id: formAnswers.id });
  return rows.length > 0;
}

export async function formAnswer(db: Database, id: string): Promise<typeof formAnswers.$inferSelect | undefined> {
  const rows = await db.select().from(formAnswers).where(eq(formAnswers.id, id));
  return rows[0];
}

export async function keepFormAnswer(db: Database, id: string, answerSealed: string, nowMs: number): Promise<void> {
  await db.update(formAnswers).set({ answerSealed, answeredAtMs: nowMs }).where(eq(formAnswers.id, id));
}

/** The form did nothing: it may be sent again. */
export async function releaseForm(db: Database, id: string): Promise<void> {
  await db.delete(formAnswers).where(eq(formAnswers.id, id));
}

/** Deletes answers, which may hold secrets, a little after they were given; and that a form was sent, after its day. */
export async function forgetFormAnswers(
  db: Database,
  times: { answersSinceMs: number; answersUntilMs: number; formsUntilMs: number },
): Promise<void> {
  const isDue = between(formAnswers.createdAtMs, times.answersSinceMs, times.answersUntilMs);
  await db.batch([
    db
      .update(formAnswers)
      .set({ answerSealed: null })
      .where(and(isDue, isNotNull(formAnswers.answerSealed))),
    db.delete(formAnswers).where(lt(formAnswers.createdAtMs, times.formsUntilMs)),
  ]);
}
