/// <reference types="node" />
// A local HTTP server that plays a price source, answering as the real one does or as it does on a bad day.
import { createServer, type RequestListener } from 'node:http';
import { onTestFinished } from 'vitest';

/** Serves until the test is over. Returns the base URL and the paths that were asked for, in order. */
export async function serve(listener: RequestListener): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

/** Answers every request with this body as JSON. */
export function json(body: unknown): RequestListener {
  return (_request, response) => {
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** Answers each path with its own JSON text, others with 404. */
export function jsonByPath(bodies: Record<string, string>): RequestListener {
  return (request, response) => {
    const body = bodies[request.url ?? ''];
    if (body === undefined) response.writeHead(404).end();
    else json(body)(request, response);
  };
}

/** Takes the request and never answers. */
export const hang: RequestListener = () => {};
