// A connection as the native API and its events show it: a closed list, and nothing on it opens the node. Called by
// services/connections/health.ts and the native API.

import type { Capabilities, ConnectionKind, NodeFault } from './connection.ts';

interface KeptConnection {
  id: string;
  kind: ConnectionKind;
  name: string;
  host: string;
  network: string;
  capabilities: Capabilities;
  /** Sealed; null for none. */
  pay: string | null;
  nodeId: string | null;
  createdAtMs: number;
  lastOkAtMs: number | null;
  downSinceMs: number | null;
  lastFault: NodeFault | null;
}

/** @param inUseId the store's connection that receives */
export function connectionSnapshot(connection: KeptConnection, inUseId: string | null) {
  const { id, kind, name, host, network, nodeId, downSinceMs, lastFault, capabilities } = connection;
  return {
    id,
    kind,
    name,
    host,
    network,
    receives: id === inUseId,
    pays: connection.pay !== null,
    status: downSinceMs === null ? ('up' as const) : ('down' as const),
    down_since: isoOrNull(downSinceMs),
    last_fault: lastFault,
    last_ok_at: isoOrNull(connection.lastOkAtMs),
    node_id: nodeId,
    capabilities: {
      cancels: capabilities.cancels,
      hooks: capabilities.hooks,
      lists: capabilities.lists,
      description_hashes: capabilities.descriptionHashes,
    },
    trusted: capabilities.trusted,
    created_at: new Date(connection.createdAtMs).toISOString(),
  };
}

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
