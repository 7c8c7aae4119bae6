// Lists of fields, and descriptions with code and links. Called by the reference page.

import type { Field, Part } from './type-text.ts';

/** A longer list of values is collapsed. */
const SHOWN_VALUES = 12;

/** `marks` shows which fields are required: for bodies only. */
export function FieldList({ fields, marks = false }: { fields: Field[]; marks?: boolean }) {
  if (fields.length === 0) return null;
  return (
    <dl class="fields">
      {fields.map(({ name, type, limits, required, description, values }) => (
        <div>
          <dt>
            <code>{name}</code>
            <span class="type">
              <Type parts={type} />
              {limits !== '' && `, ${limits}`}
            </span>
            {marks && required && <span class="needed">required</span>}
          </dt>
          {(description !== '' || values.length > 0) && (
            <dd>
              <Rich text={description} /> <Values values={values} />
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}

function Values({ values }: { values: string[] }) {
  if (values.length === 0) return null;
  const list = (
    <span class="values">
      {values.map((value) => (
        <code>{value}</code>
      ))}
    </span>
  );
  if (values.length <= SHOWN_VALUES) return list;
  return (
    <details>
      <summary>One of {values.length}</summary>
      {list}
    </details>
  );
}

export function Type({ parts }: { parts: Part[] }) {
  return (
    <>{parts.map((part) => (typeof part === 'string' ? part : <a href={`#shape-${part.shape}`}>{part.shape}</a>))}</>
  );
}

/** A sentence with `code` and [links](/docs/…). */
export function Rich({ text }: { text: string }) {
  return (
    <>
      {text.split(/(`[^`]+`|\[[^\]]+\]\([^)]+\))/).map((part) => {
        if (part.startsWith('`')) return <code>{part.slice(1, -1)}</code>;
        const [, words, to] = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part) ?? [];
        return to === undefined ? part : <a href={to}>{words}</a>;
      })}
    </>
  );
}
