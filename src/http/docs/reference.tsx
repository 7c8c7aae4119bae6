// /docs/reference: every operation, made of the same document that /v1/openapi.json is.

import { CATALOGUE, type ErrorCode } from '../../errors.ts';
import { type OpenApiDocument, openApi, parametersIn, whoMay } from '../api/openapi/document.ts';
import { type DocumentedOperation, errorsOf, type JsonSchema, TAGS } from '../api/openapi/operation.ts';
import { OPERATIONS } from '../api/openapi/operations.ts';
import { documentOf } from '../ui/document.tsx';
import { curlOf } from './curl.ts';
import { FieldList, Rich, Type } from './fields.tsx';
import { Layout } from './layout.tsx';
import { schemaFields, typeOf } from './type-text.ts';

/** What any request may meet; said once instead of with each. */
const EVERYWHERE: ErrorCode[] = ['rate_limited', 'internal', 'disk_full', 'database_unavailable'];

export function referencePage(origin: string): string {
  const document = openApi(OPERATIONS);
  const tags = Object.entries(TAGS).map(([name, about]) => ({ name, about, anchor: anchorOf(name) }));
  const toc = {
    basics: 'Basics',
    ...Object.fromEntries(tags.map(({ anchor, name }) => [anchor, name])),
    shapes: 'Shapes',
  };
  return documentOf(
    <Layout title="Reference" path="/reference" toc={toc} wide>
      <Basics origin={origin} />
      {tags.map(({ name, about, anchor }) => (
        <section class="tag" id={anchor}>
          <h2>
            <a href={`#${anchor}`}>{name}</a>
          </h2>
          <p>{about}</p>
          <ul class="index">
            {operationsOf(name).map(({ id, method, path, summary }) => (
              <li>
                <a href={`#${id}`}>
                  <Method name={method} />
                  <span class="path">{path}</span>
                  <small>{summary}</small>
                </a>
              </li>
            ))}
          </ul>
          {operationsOf(name).map((operation) => (
            <Entry operation={operation} document={document} origin={origin} />
          ))}
        </section>
      ))}
      <Shapes schemas={document.components.schemas} />
    </Layout>,
  );
}

const operationsOf = (tag: string) => OPERATIONS.filter((operation) => operation.tag === tag);
const anchorOf = (name: string) => name.toLowerCase().replaceAll(/[^a-z]+/g, '-');

function Basics({ origin }: { origin: string }) {
  return (
    <section class="prose" id="basics">
      <h1>Reference</h1>
      <p>
        Requests and responses are JSON in UTF-8. A body holds at most 64 KiB, a wallet file 1 MiB. The address is{' '}
        <code>{origin}</code>. For generated clients, the same as OpenAPI 3.1:{' '}
        <a href="/v1/openapi.json">/v1/openapi.json</a>.
      </p>
      <ul>
        <li>
          <strong>API key:</strong> <code>Authorization: Bearer sl_live_…</code> or <code>sl_test_…</code>. It belongs
          to one store and stays on your server.
        </li>
        <li>
          <strong>Session:</strong> the cookie of a person who is logged in. Changes also need this deployment’s address
          as <code>Origin</code>, which browsers send automatically.
        </li>
        <li>
          Unknown fields are refused with <code>validation_error</code>. Responses may get new fields at any time.
        </li>
        <li>
          <strong>Errors</strong> have <a href="#shape-Error">one shape</a>. Each operation lists its own; every request
          may also get{' '}
          {EVERYWHERE.map((code, at) => (
            <>
              {at > 0 && ', '}
              <ErrorLink code={code} />
            </>
          ))}
          .
        </li>
      </ul>
      <p>
        The examples take the key and the ids from the shell. Set the ones that you need: each id is in the response
        that created the resource or lists it, and in the dashboard’s addresses.
      </p>
      <div class="snippet">
        <pre tabindex={0}>
          <code>{variables(origin)}</code>
        </pre>
      </div>
    </section>
  );
}

/** What the examples read, with the newest invoice as the one to try them on. */
const variables = (origin: string) =>
  [
    'export SATLANE_API_KEY=sl_test_…',
    `INVOICE_ID=$(curl -s "${origin}/v1/invoices?limit=1" -H "Authorization: Bearer $SATLANE_API_KEY" \\`,
    `  | sed -E 's/^\\{"invoices":\\[\\{"id":"([^"]+)".*/\\1/')`,
  ].join('\n');

interface EntryProps {
  operation: DocumentedOperation;
  document: OpenApiDocument;
  origin: string;
}

function Entry({ operation, document, origin }: EntryProps) {
  const { id, method, path, summary, description, who, body, answers } = operation;
  const { requestBody, responses = {} } = document.paths[path]?.[method.toLowerCase()] ?? {};
  const asked = schemaIn(requestBody);
  return (
    <section class="operation" id={id}>
      <div class="operation-text">
        <h3>
          <a href={`#${id}`}>{summary}</a>
        </h3>
        <p class="route">
          <Method name={method} /> <code>{path}</code>
        </p>
        {description && (
          <p>
            <Rich text={description} />
          </p>
        )}
        <p class="who">
          <Rich text={whoMay(who)} />
        </p>
        <Parameters operation={operation} />
        {asked && (
          <>
            <h4>{body?.optional ? 'Body (optional)' : 'Body'}</h4>
            <FieldList fields={schemaFields(asked)} marks />
          </>
        )}
        <h4>Response</h4>
        {answers.map(({ status, description: what, headers = {} }) => (
          <div class="answer">
            <p>
              <span class="status">{status}</span> <Rich text={what} />
            </p>
            <AnswerShape schema={schemaIn((responses as Record<string, JsonSchema>)[status])} />
            {Object.entries(headers).map(([name, text]) => (
              <p class="header">
                Header <code>{name}</code>: <Rich text={text} />
              </p>
            ))}
          </div>
        ))}
        <Errors operation={operation} />
      </div>
      <div class="snippet example">
        <pre tabindex={0}>
          <code>{curlOf(operation, origin)}</code>
        </pre>
      </div>
    </section>
  );
}

function Parameters({ operation }: { operation: DocumentedOperation }) {
  const groups = Map.groupBy(parametersIn(operation), ({ in: where }) => String(where));
  const titles: Record<string, string> = { path: 'In the path', query: 'Query', header: 'Headers' };
  return (
    <>
      {[...groups].map(([where, parameters]) => {
        const properties = Object.fromEntries(
          parameters.map(({ name, schema, description }) => [
            name,
            { ...(schema as JsonSchema), description: description ?? '' },
          ]),
        );
        return (
          <>
            <h4>{titles[where]}</h4>
            <FieldList fields={schemaFields({ properties })} />
          </>
        );
      })}
    </>
  );
}

function AnswerShape({ schema }: { schema: JsonSchema | undefined }) {
  if (!schema) return null;
  const fields = schemaFields(schema);
  if (fields.length > 0) return <FieldList fields={fields} />;
  return (
    <p>
      <Type parts={typeOf(schema)} />
    </p>
  );
}

function Errors({ operation }: { operation: DocumentedOperation }) {
  const codes = errorsOf(operation).filter((code) => !EVERYWHERE.includes(code) || operation.errors?.includes(code));
  if (codes.length === 0) return null;
  return (
    <>
      <h4>Errors</h4>
      <ul class="errors">
        {codes.map((code) => (
          <li>
            <span class="status">{CATALOGUE[code][0]}</span> <ErrorLink code={code} />
          </li>
        ))}
      </ul>
    </>
  );
}

function ErrorLink({ code }: { code: ErrorCode }) {
  return (
    <a href={`/docs/errors#${code}`} title={CATALOGUE[code][1]}>
      <code>{code}</code>
    </a>
  );
}

function Shapes({ schemas }: { schemas: Record<string, JsonSchema> }) {
  return (
    <section class="tag" id="shapes">
      <h2>
        <a href="#shapes">Shapes</a>
      </h2>
      <p>The objects in responses. A response always holds every field.</p>
      {Object.entries(schemas).map(([name, schema]) => (
        <section class="shape" id={`shape-${name}`}>
          <h3>
            <a href={`#shape-${name}`}>{name}</a>
          </h3>
          <p>{String(schema.description ?? '')}</p>
          <FieldList fields={schemaFields(schema)} />
        </section>
      ))}
    </section>
  );
}

function Method({ name }: { name: string }) {
  return <span class={`method ${name.toLowerCase()}`}>{name}</span>;
}

/** The schema of a request's or an answer's only kind of content. */
function schemaIn(carrier: unknown): JsonSchema | undefined {
  const content = (carrier as { content?: Record<string, { schema?: JsonSchema }> } | undefined)?.content;
  return Object.values(content ?? {})[0]?.schema;
}
