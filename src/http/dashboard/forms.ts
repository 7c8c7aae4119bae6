// Forms: a bounded body, its fields through zod, and the page again with what was typed and what is wrong with it.

import { base64 } from '@scure/base';
import type { Hono } from 'hono';
import type { Child } from 'hono/jsx';
import type * as z from 'zod';
import { readAtMost } from '../../core/text/bounded.ts';
import { encodedProblem, textProblem } from '../../core/text/well-formed.ts';
import { ApiError, blamed, type ErrorCode, FieldError, toApiError } from '../../errors.ts';
import { refuseForeign } from '../../services/access/sessions.ts';
import { once } from '../../services/accounts/once.ts';
import type { Ctx, HonoEnv } from '../api/http.ts';
import { sentence, zodMessages } from '../api/native/words.ts';
import { FORM_TOKEN } from './form-token.tsx';
import { page } from './http.tsx';

const MAX_BODY_BYTES = 64 * 1024;

/** A form that is shown again with its values. Pages never write secrets back. */
export interface FormDraft {
  values: Record<string, string>;
  /** By the name of the field. */
  errors: Record<string, string>;
  /** What is wrong with none of the fields. */
  problem: string | null;
}

export const BLANK: FormDraft = { values: {}, errors: {}, problem: null };

export function draftOf(values: Record<string, string | number | null | undefined>): FormDraft {
  const texts = Object.entries(values).map(([name, value]) => [name, String(value ?? '')]);
  return { ...BLANK, values: Object.fromEntries(texts) as Record<string, string> };
}

/** What a form takes that others do not. */
interface Intake {
  maxBytes?: number;
  /** A file that is no text is read as base64; elsewhere it is refused. */
  takesBinary?: boolean;
}

/**
 * The fields of a form; of several with one name the values, one a line.
 * @throws ApiError auth_origin_refused, validation_error for a body that is larger; FieldError for a text that is not UTF-8
 */
export async function formFields(c: Ctx, intake: Intake = {}): Promise<Record<string, string>> {
  const { maxBytes = MAX_BODY_BYTES, takesBinary = false } = intake;
  refuseForeign(c.get('deps'), c.req.raw);
  const bytes = await readAtMost(c.req.raw, maxBytes);
  if (bytes === null || bytes.length > maxBytes) throw new ApiError('validation_error', 'The form is too large.');
  const fields = new Map<string, string>();
  for (const [name, value] of await pairsOf(c.req.header('content-type') ?? '', bytes, takesBinary)) {
    const known = fields.get(name);
    fields.set(name, known === undefined ? value : `${known}\n${value}`);
  }
  return Object.fromEntries(fields);
}

/** A form that takes a file comes in parts. */
async function pairsOf(
  type: string,
  bytes: Uint8Array,
  takesBinary: boolean,
): Promise<[name: string, value: string][]> {
  if (!/^multipart\/form-data;/i.test(type)) {
    const pairs = utf8(bytes);
    const found = encodedProblem(pairs);
    if (found) throw new FieldError([found.field], found.problem);
    return [...new URLSearchParams(pairs)];
  }
  const parts = await new Response(bytes, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new ApiError('validation_error', 'The form arrived incomplete. Send it again.');
  });
  const isFile = (value: File | string) => typeof value !== 'string';
  const read = async ([name, value]: [string, File | string]): Promise<[string, string]> => {
    const file = typeof value === 'string' ? null : new Uint8Array(await value.arrayBuffer());
    if (file && takesBinary && !isText(file)) return [name, base64.encode(file)];
    const text = typeof value === 'string' ? value : utf8(file ?? new Uint8Array(), name);
    const problem = textProblem(text) ?? (isFile(value) || !hasLostBytes(text, bytes) ? null : NOT_UTF8);
    if (problem) throw new FieldError([name], problem);
    return [name, text];
  };
  return Promise.all([...parts].map(read));
}

function isText(bytes: Uint8Array): boolean {
  try {
    return textProblem(utf8(bytes)) === null;
  } catch {
    return false;
  }
}

const NOT_UTF8 = 'is not valid UTF-8: save the text as UTF-8 and send it again';

/** @throws FieldError */
function utf8(bytes: Uint8Array, field = 'form'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new FieldError([field], NOT_UTF8);
  }
}

/** The platform's reader of parts puts U+FFFD in the place of bytes that are not UTF-8. */
function hasLostBytes(text: string, bytes: Uint8Array): boolean {
  return text.includes('\ufffd') && !new TextDecoder('latin1').decode(bytes).includes('\u00ef\u00bf\u00bd');
}

/** Errors that no page of a form can say: who asks, what is not there, and our own. */
const NOT_OF_THE_FORM: ErrorCode[] = [
  'auth_required',
  'auth_totp_required',
  'auth_origin_refused',
  'not_found',
  'forbidden',
  'internal',
  'disk_full',
  'database_unavailable',
];

/** The forms of a page: each reads the page's context and acts in it, or shows the page again with what is wrong. */
export function formsOn<F>(
  app: Hono<HonoEnv>,
  contextOf: (c: Ctx) => Promise<F>,
  again: (frame: F, draft: FormDraft, c: Ctx) => Child | Promise<Child>,
) {
  return <T>(
    path: string,
    schema: z.ZodType<T>,
    act: (frame: F, form: T, c: Ctx) => Promise<Response>,
    intake?: Intake,
  ): void => {
    app.post(path, async (c: Ctx) => {
      const frame = await contextOf(c);
      return submit(
        c,
        schema,
        (form) => act(frame, form, c),
        (draft) => again(frame, draft, c),
        intake,
      );
    });
  };
}

/** Does what a form asks for, once for a form with a token, or shows the page `again` with what is wrong. */
export async function submit<T>(
  c: Ctx,
  schema: z.ZodType<T>,
  act: (data: T) => Promise<Response>,
  again: (draft: FormDraft) => Child | Promise<Child>,
  intake?: Intake,
): Promise<Response> {
  const { [FORM_TOKEN]: token, ...values } = await formFields(c, intake);
  const read = schema.safeParse(values, { error: zodMessages });
  if (!read.success) return page(c, await again({ values, errors: errorsOf(read.error), problem: null }), 400);
  try {
    return await onceOf(c, token, values, () => act(read.data));
  } catch (thrown) {
    const error = toApiError(thrown);
    if (NOT_OF_THE_FORM.includes(error.code)) throw thrown;
    if (error.retryAfterSeconds !== undefined) c.header('retry-after', String(error.retryAfterSeconds));
    return page(c, await again({ values, ...fieldErrors(error, values) }), error.status);
  }
}

/** A form without a token, a script's say, does what it says each time. */
async function onceOf(
  c: Ctx,
  token: string | undefined,
  values: FormDraft['values'],
  act: () => Promise<Response>,
): Promise<Response> {
  const userId = c.get('userId');
  if (!token || userId === undefined) return act();
  return once(c.get('deps'), JSON.stringify([userId, token, c.req.path, values]), act);
}

/** The spine begins with the field's name where one is to blame. */
function fieldErrors({ message }: ApiError, values: Record<string, string>): Pick<FormDraft, 'errors' | 'problem'> {
  const { field, words } = blamed(message);
  return field !== null && Object.hasOwn(values, field)
    ? { errors: { [field]: sentence(words) }, problem: null }
    : { errors: {}, problem: message };
}

function errorsOf(error: z.ZodError): Record<string, string> {
  const errors: Record<string, string> = {};
  // Of a list the field is to blame, not its third entry.
  for (const { path, message } of error.issues) errors[String(path[0] ?? '')] ??= sentence(message);
  return errors;
}
