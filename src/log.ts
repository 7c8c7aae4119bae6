// One line of JSON per event, for `wrangler tail` and Workers Logs. Callers pass ids, counts and codes only: never
// keys, secrets, extended keys, e-mail addresses or metadata.

export type Log = (event: string, fields?: Record<string, string | number | boolean | null | undefined>) => void;

export const log: Log = (event, fields = {}) => {
  console.log(JSON.stringify({ event, ...fields }));
};
