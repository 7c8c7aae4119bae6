// Whether a connection answers, decided in one place: five failures in a row and it is down, the first answer and it is up. Both
// are events of the store's log. Called by jobs/poll with what a node answered.

import { type Connection, connectionOf, countFailure, markAnswered, turning } from '../../adapters/db/connections.ts';
import { endpointsOf } from '../../adapters/db/endpoints.ts';
import { storeById } from '../../adapters/db/stores.ts';
import type { ConnectionEventType, NodeFault } from '../../core/lightning/connection.ts';
import { connectionSnapshot } from '../../core/lightning/snapshot.ts';
import type { Deps } from '../../deps.ts';
import { append } from '../events/append.ts';
import { targetsOfSubject } from '../events/targets.ts';

const MAX_FAILURES = 5;
/** An answer is written down so often at most: while it answers, a poll costs no row. */
const KEPT_TO_MS = 5 * 60_000;
/** Of two writers one is first; the other reads what it wrote. */
const MAX_TRIES = 5;

/** The node answered; that it refused is an answer too. @param connection as last read. @returns it as it is now */
export async function connectionAnswered(deps: Deps, connection: Connection): Promise<Connection> {
  const nowMs = deps.now();
  if (connection.downSinceMs !== null) return turn(deps, connection, 'lightning.connection_up');
  const isFresh = connection.lastOkAtMs !== null && nowMs - connection.lastOkAtMs < KEPT_TO_MS;
  if (isFresh && connection.failures === 0) return connection;
  const marked = (await markAnswered(deps.db, connection, nowMs)) ?? connection;
  return marked.downSinceMs === null ? marked : turn(deps, marked, 'lightning.connection_up');
}

/** The node gave no answer that can be used. @param connection as last read. @returns it as it is now */
export async function connectionFailed(deps: Deps, connection: Connection, fault: NodeFault): Promise<Connection> {
  if (connection.downSinceMs !== null) return connection;
  const counted = (await countFailure(deps.db, connection, fault)) ?? connection;
  const isDown = counted.failures >= MAX_FAILURES && counted.downSinceMs === null;
  return isDown ? turn(deps, counted, 'lightning.connection_down') : counted;
}

/** At most once for each time that it goes down or up: the event is logged only after the version that it was decided on. */
async function turn(deps: Deps, read: Connection, type: ConnectionEventType): Promise<Connection> {
  const goesDown = type === 'lightning.connection_down';
  let connection: Connection | undefined = read;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if (!connection || (connection.downSinceMs !== null) === goesDown) return connection ?? read;
    const after = await logTurn(deps, connection, type);
    if (after) return after;
    connection = await connectionOf(deps.db, read.storeId, read.id);
  }
  return connection ?? read;
}

/** @returns null where another writer was first */
async function logTurn(deps: Deps, connection: Connection, type: ConnectionEventType): Promise<Connection | null> {
  const { storeId, version } = connection;
  const nowMs = deps.now();
  const [store, endpoints] = await Promise.all([storeById(deps.db, storeId), endpointsOf(deps.db, storeId)]);
  if (!store) return connection;
  const change =
    type === 'lightning.connection_down'
      ? { ...health(connection), downSinceMs: nowMs }
      : { downSinceMs: null, failures: 0, lastFault: null, lastOkAtMs: nowMs };
  const after = { ...connection, ...change, version: version + 1 };
  const event = {
    ...{ storeId, subject: 'connection' as const, subjectId: connection.id, seq: after.version, type },
    ...{ createdAtMs: nowMs, livemode: !store.testMode, figures: null, snapshotVersion: 1 },
    snapshot: JSON.stringify(connectionSnapshot(after, store.connectionId)),
  };
  const wanting = endpoints.filter(({ enabled }) => enabled);
  const receivers = { targets: targetsOfSubject(type, wanting), endpoints: wanting };
  const logged = await append(deps, event, receivers, [turning(deps.db, connection, change)]);
  return logged && after;
}

const health = ({ lastOkAtMs, failures, lastFault }: Connection) => ({ lastOkAtMs, failures, lastFault });
