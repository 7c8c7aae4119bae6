// An explorer that answers the few Esplora paths the watcher uses, at once and from memory, and counts what it is asked.
// No address has any history: nobody pays but by blocks. Called by watch.ts.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hex } from '@scure/base';
import { type Block, blockBytes } from '../chain/block.ts';

export type Question = 'tip' | 'header' | 'raw block' | 'address' | 'other';

export interface CountingExplorer {
  /** Base URL. */
  url: string;
  /** Blocks it knows, the tip last. */
  chain: Block[];
  /** What was asked since the last call. */
  counted(): Record<Question, number>;
  close(): Promise<void>;
}

export async function startExplorer(chain: Block[]): Promise<CountingExplorer> {
  let counts = none();
  const server = createServer((request, response) => {
    const [, kind = '', hash = '', part = ''] = (request.url ?? '').split('/');
    const block = chain.find((known) => known.hash === hash);
    const answer = (question: Question, body: string | Uint8Array | undefined) => {
      counts[question] += 1;
      response.writeHead(body === undefined ? 404 : 200).end(body);
    };
    const tip = chain.at(-1);
    if (kind === 'blocks') answer('tip', part === 'hash' ? tip?.hash : String(tip?.height));
    else if (kind === 'block' && part === 'header') answer('header', block && hex.encode(block.header));
    else if (kind === 'block' && part === 'raw') answer('raw block', block && blockBytes(block));
    else if (kind === 'address') answer('address', '[]');
    else answer('other', undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    chain,
    counted() {
      const asked = counts;
      counts = none();
      return asked;
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function none(): Record<Question, number> {
  return { tip: 0, header: 0, 'raw block': 0, address: 0, other: 0 };
}
