// A form that is sent twice does what it says once: two clicks, or a reload of the answer. The first sending claims the form,
// and the others wait for its answer and get the same, a secret that is shown once included: a browser shows the answer of the
// last click only. Called by dashboard/forms.ts for every form that carries a token.

import {
  claimForm,
  forgetFormAnswers,
  formAnswer,
  keepFormAnswer,
  releaseForm,
} from '../../adapters/db/form-answers.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';

/** Sealed and deleted after this: by then the last click is long over. */
const ANSWER_KEPT_MS = 10 * 60_000;
/** For so long a form that was sent does nothing more. */
const FORM_KNOWN_MS = 24 * 60 * 60_000;
/** A cron that stood still for a while catches up with so much. */
const CATCH_UP_MS = 60 * 60_000;
const WAIT_STEP_MS = 100;
const MAX_WAIT_MS = 10_000;

interface Answer {
  status: number;
  headers: [name: string, value: string][];
  body: string;
}

/**
 * @param sent who sent what: the same text twice is the same sending. It holds the form's token, which only that person knows
 * @param act does it, once; an error, or an answer that is one, leaves the form unsent
 * @throws ApiError conflict where the first sending is not answered in time, or its answer is gone
 */
export async function once(deps: Deps, sent: string, act: () => Promise<Response>): Promise<Response> {
  const id = await sha256Hex(sent);
  for (let waitedMs = 0; waitedMs <= MAX_WAIT_MS; waitedMs += WAIT_STEP_MS) {
    if (await claimForm(deps.db, id, deps.now())) return first(deps, id, act);
    const known = await formAnswer(deps.db, id);
    if (known && known.answeredAtMs !== null) return again(deps, id, known.answerSealed);
    await new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS));
  }
  throw new ApiError(
    'conflict',
    'This form was sent before and is still being worked on. Check the list before you send it again.',
  );
}

/** The cron's part. */
export async function forgetForms(deps: Deps): Promise<void> {
  const answersUntilMs = deps.now() - ANSWER_KEPT_MS;
  const times = {
    answersSinceMs: answersUntilMs - CATCH_UP_MS,
    answersUntilMs,
    formsUntilMs: deps.now() - FORM_KNOWN_MS,
  };
  await forgetFormAnswers(deps.db, times);
}

async function first(deps: Deps, id: string, act: () => Promise<Response>): Promise<Response> {
  try {
    const response = await act();
    if (response.status >= 400) {
      await releaseForm(deps.db, id);
      return response;
    }
    const { status } = response;
    const answer: Answer = { status, headers: [...response.headers], body: await response.clone().text() };
    await keepFormAnswer(deps.db, id, await deps.vault.seal(JSON.stringify(answer), contextOf(id)), deps.now());
    return response;
  } catch (error) {
    await releaseForm(deps.db, id);
    throw error;
  }
}

async function again(deps: Deps, id: string, sealed: string | null): Promise<Response> {
  if (sealed === null)
    throw new ApiError('conflict', 'This form was sent before. Open the page again to send another.');
  const { status, headers, body } = JSON.parse(await deps.vault.open(sealed, contextOf(id))) as Answer;
  return new Response(body === '' ? null : body, { status, headers });
}

function contextOf(id: string): string {
  return `form:${id}`;
}
