// OpenAPI 3.1 of the list of operations. Called by routes.ts and docs/reference.tsx.

import { CATALOGUE, type ErrorCode, RETRY_AFTER_SECONDS } from '../../../errors.ts';
import {
  type Access,
  type Answer,
  type DocumentedOperation,
  errorsOf,
  type JsonSchema,
  PATH_PARAMETERS,
  parametersOf,
  TAGS,
} from './operation.ts';
import { answerSchema, type Components, requestSchema } from './schema.ts';
import { errorBody } from './shapes/common.ts';
import { webhookEvent } from './shapes/invoices.ts';

export type OpenApiDocument = ReturnType<typeof openApi>;

const DESCRIPTION =
  'Non-custodial Bitcoin payments: one fresh address of your own wallet per invoice, signed webhooks, live pages. ' +
  'Requests and answers are JSON in UTF-8; bodies hold at most 64 KiB, wallet files 1 MiB. Fields that are not named here are refused in ' +
  'requests, and may be added to answers at any time. Every answer has `x-request-id`. Guides are under /docs.';

/** @param operations in the order of the document */
export function openApi(operations: readonly DocumentedOperation[]) {
  const components: Components = {};
  const error = answerSchema(errorBody, components);
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: one(operation, components) };
  }
  const event = answerSchema(webhookEvent, components);
  return {
    openapi: '3.1.0',
    info: { title: 'SatLane', version: '1', description: DESCRIPTION },
    // Relative to where the document was read.
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    webhooks: {
      event: {
        post: {
          summary: 'An event of an invoice, signed. See /docs/webhooks.',
          requestBody: { required: true, content: { 'application/json': { schema: event } } },
          responses: { '2XX': { description: 'Delivered. Anything else is tried again or given up, see the guide.' } },
        },
      },
    },
    components: {
      schemas: components,
      responses: Object.fromEntries(Object.keys(CATALOGUE).map((code) => [code, refusal(code as ErrorCode, error)])),
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key of the store: `sl_live_…` or `sl_test_…`.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-satlane',
          description: 'Of a person who is logged in. A change must send this deployment’s address as `Origin`.',
        },
      },
    },
  };
}

function one(operation: DocumentedOperation, components: Components): JsonSchema {
  const { id, tag, summary, description, who, body, answers } = operation;
  const parameters = parametersIn(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, whoMay(who)].filter(Boolean).join('\n\n'),
    security: [...(who.key ? [{ key: [] }] : []), ...(who.person ? [{ session: [] }] : [])],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: !body.optional,
        content: { 'application/json': { schema: requestSchema(body.schema, body.notes), example: body.example } },
      },
    }),
    responses: {
      ...Object.fromEntries(answers.map((answer) => [String(answer.status), response(answer, components)])),
      ...refusals(errorsOf(operation)),
    },
  };
}

/** Path, query and header parameters. */
export function parametersIn({ path, query, headers = {} }: DocumentedOperation): JsonSchema[] {
  const asked = query && requestSchema(query.schema, query.notes);
  const required = (asked?.required ?? []) as string[];
  return [
    ...parametersOf(path).map((name) => ({
      name,
      in: 'path',
      required: true,
      description: PATH_PARAMETERS[name] ?? '',
      schema: { type: 'string' },
    })),
    ...Object.entries((asked?.properties ?? {}) as Record<string, JsonSchema>).map(
      ([name, { description = '', ...schema }]) => ({
        name,
        in: 'query',
        required: required.includes(name),
        description,
        schema,
      }),
    ),
    ...Object.entries(headers).map(([name, { schema, description }]) => ({ name, in: 'header', description, schema })),
  ];
}

function response({ description, schema, type = 'application/json', headers }: Answer, components: Components) {
  return {
    description,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: 'string' } }]),
      ),
    }),
    ...(schema
      ? { content: { [type]: { schema: answerSchema(schema, components) } } }
      : type !== 'application/json' && { content: { [type]: { schema: { type: 'string' } } } }),
  } satisfies JsonSchema;
}

/** OpenAPI knows one answer per status: several codes share one, which names them. */
function refusals(codes: ErrorCode[]): JsonSchema {
  const byStatus = Map.groupBy(codes, (code) => CATALOGUE[code][0]);
  return Object.fromEntries(
    [...byStatus].map(([status, together]): [string, JsonSchema] => {
      const [only] = together;
      if (together.length === 1 && only) return [String(status), { $ref: `#/components/responses/${only}` }];
      return [
        String(status),
        {
          description: `One of ${together.map((code) => `\`${code}\``).join(', ')}.`,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      ];
    }),
  );
}

function refusal(code: ErrorCode, schema: JsonSchema): JsonSchema {
  return {
    description: `\`${code}\`: ${CATALOGUE[code][1]}`,
    ...(RETRY_AFTER_SECONDS[code] !== undefined && {
      headers: { 'retry-after': { description: 'Seconds.', schema: { type: 'string' } } },
    }),
    content: { 'application/json': { schema } },
  };
}

/** In words, for people and for document alike. */
export function whoMay({ key, person, operator }: Access): string {
  const byKey = key === undefined ? null : key === 'any' ? 'any API key of a store' : `an API key that may \`${key}\``;
  const byPerson =
    person === undefined
      ? null
      : operator
        ? 'a person of the operator’s account'
        : person === 'any'
          ? 'any person who is logged in'
          : `a person who is logged in, ${person === 'owner' ? 'as owner' : `at least as ${person}`}`;
  const all = [byKey, byPerson].filter((text) => text !== null);
  return all.length === 0 ? 'Who may: anyone, without credentials.' : `Who may: ${all.join('; or ')}.`;
}
