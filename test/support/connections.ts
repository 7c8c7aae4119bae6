// What a merchant connects in tests of what is kept: no node stands behind it.

import type { Credential } from '../../src/core/lightning/connection.ts';

const receive: Credential = { kind: 'phoenixd', server: 'https://node.shop.example', password: 'a secret word' };

export const PHOENIXD = {
  ...{ name: 'Till', host: 'node.shop.example', receive, pay: null, nodeId: null },
  capabilities: { cancels: false, hooks: true, lists: true, descriptionHashes: true, trusted: false },
};
