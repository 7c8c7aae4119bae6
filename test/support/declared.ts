// Operations as they are declared, and the requests that reach them. Called by the tests that try every operation of a dialect.

type Line = { method: string; path: string };

/** Of two that fit a request the first answers. */
export const answering = <One extends Line>(declared: readonly One[], method: string, path: string): One | undefined =>
  declared.find(
    (one) =>
      ['ALL', method].includes(one.method) &&
      new RegExp(`^${one.path.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('*', '.*')}$`).test(path),
  );

/** As the router has it: `GET /stores/:storeId`. */
export const routeOf = ({ method, path }: Line): string => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
