// The parts of a Lightning node, put together in memory: nothing is stored, and the chain is what the node is shown.
// Called by ldk-node.ts.
import type { Ldk } from './ldk.ts';

/** A block as a node sees it: 80 bytes of header, its height, and the transactions that matter. */
export interface NodeBlock {
  header: Uint8Array;
  /** SHA-256 of SHA-256 of the header. */
  hash: Uint8Array;
  height: number;
  txs: readonly Uint8Array[];
}

const MAX_CHANNEL_SATS = 1_000_000_000n;

/** @param seed 32 bytes: the same seed is the same node */
export function assemble(ldk: Ldk, seed: Uint8Array, tip: NodeBlock, nowSeconds: number) {
  const network = ldk.Network.LDKNetwork_Regtest;
  const logger = ldk.Logger.new_impl({ log() {} });
  const fees = ldk.FeeEstimator.new_impl({ get_est_sat_per_1000_weight: () => 253 });
  // A funding transaction is put into a block by network.ts.
  const broadcaster = ldk.BroadcasterInterface.new_impl({ broadcast_transactions() {} });
  const keys = ldk.KeysManager.constructor_new(seed, BigInt(nowSeconds), 0);
  const entropy = keys.as_EntropySource();
  const signer = keys.as_NodeSigner();
  const monitor = ldk.ChainMonitor.constructor_new(
    ldk.Option_FilterZ.constructor_none(),
    ...([broadcaster, logger, fees, persister(ldk)] as const),
  );
  const { router, messages } = routersOf(ldk, ldk.NetworkGraph.constructor_new(network, logger), logger, entropy);
  const manager = ldk.ChannelManager.constructor_new(
    ...([fees, monitor.as_Watch(), broadcaster, router, messages, logger, entropy, signer] as const),
    keys.as_SignerProvider(),
    configOf(ldk),
    ldk.ChainParameters.constructor_new(network, ldk.BestBlock.constructor_new(tip.hash, tip.height)),
    nowSeconds,
  );
  const ignore = ldk.IgnoringMessageHandler.constructor_new();
  const peers = ldk.PeerManager.constructor_new(
    manager.as_ChannelMessageHandler(),
    ignore.as_RoutingMessageHandler(),
    ignore.as_OnionMessageHandler(),
    ignore.as_CustomMessageHandler(),
    nowSeconds,
    entropy.get_secure_random_bytes(),
    logger,
    signer,
  );
  return { manager, monitor, peers };
}

/** Channels live as long as the process: there is nothing to keep. */
function persister(ldk: Ldk) {
  const done = () => ldk.ChannelMonitorUpdateStatus.LDKChannelMonitorUpdateStatus_Completed;
  return ldk.Persist.new_impl({
    persist_new_channel: done,
    update_persisted_channel: done,
    archive_persisted_channel() {},
  });
}

type Made<Name extends keyof Ldk> = Ldk[Name] extends { prototype: infer Instance } ? Instance : never;

function routersOf(ldk: Ldk, graph: Made<'NetworkGraph'>, logger: Made<'Logger'>, entropy: Made<'EntropySource'>) {
  const decay = ldk.ProbabilisticScoringDecayParameters.constructor_default();
  const scorer = ldk.ProbabilisticScorer.constructor_new(decay, graph, logger);
  const scores = ldk.MultiThreadedLockableScore.constructor_new(scorer.as_Score());
  const weights = ldk.ProbabilisticScoringFeeParameters.constructor_default();
  const router = ldk.DefaultRouter.constructor_new(graph, logger, entropy, scores.as_LockableScore(), weights);
  const messages = ldk.DefaultMessageRouter.constructor_new(graph, entropy);
  return { router: router.as_Router(), messages: messages.as_MessageRouter() };
}

/** One payment may take the whole channel, and many may wait. */
function configOf(ldk: Ldk) {
  const config = ldk.UserConfig.constructor_default();
  const channel = config.get_channel_handshake_config();
  channel.set_max_inbound_htlc_value_in_flight_percent_of_channel(100);
  channel.set_our_max_accepted_htlcs(483);
  channel.set_minimum_depth(1);
  config.set_channel_handshake_config(channel);
  const limits = config.get_channel_handshake_limits();
  limits.set_max_funding_satoshis(MAX_CHANNEL_SATS);
  config.set_channel_handshake_limits(limits);
  return config;
}
