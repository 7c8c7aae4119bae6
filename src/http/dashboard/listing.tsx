// What lists of a store's things share: a table that on a phone becomes a list, and the choice of a status. Used by invoices and payouts.

import type { Child } from 'hono/jsx';

interface Listed {
  href: string;
  name: string;
  /** Beside the name. */
  mark?: Child;
  status: Child;
  /** The second one is small, below the first. */
  amount: readonly [Child, Child];
  created: Child;
}

/** @param props.what the heading of the first column */
export function ListTable({ what, caption, rows }: { what: string; caption: string; rows: Listed[] }) {
  return (
    <table class="listing">
      <caption class="sr-only">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{what}</th>
          <th scope="col">Status</th>
          <th scope="col" class="number">
            Amount
          </th>
          <th scope="col">Created</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ href, name, mark, status, amount, created }) => (
          <tr>
            <th scope="row">
              <a href={href}>{name}</a>
              {mark}
            </th>
            <td>{status}</td>
            <td class="number">
              {amount[0]}
              <small>{amount[1]}</small>
            </td>
            <td class="when">{created}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** @param props.name of the query's parameter. @param props.words each value with what people call it */
export function StatusFilter<T extends string>(props: {
  to: string;
  name: string;
  words: Readonly<Record<T, { word: string }>>;
  values: readonly T[];
  chosen: T | undefined;
}) {
  const { to, name, words, values, chosen } = props;
  return (
    <form method="get" action={to} class="search">
      <label class="sr-only" for={name}>
        Status
      </label>
      <select id={name} name={name}>
        <option value="">All statuses</option>
        {values.map((one) => (
          <option value={one} selected={one === chosen}>
            {words[one].word}
          </option>
        ))}
      </select>
      <button type="submit" class="button quiet">
        Filter
      </button>
    </form>
  );
}
