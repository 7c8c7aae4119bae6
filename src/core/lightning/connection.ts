// What a merchant connects his own Lightning node or wallet by. Types alone. adapters/nodes speaks to each kind, services/connections
// keeps them.

/** By how its requests look. */
export const CONNECTION_KINDS = ['lightning_address', 'phoenixd', 'lnd', 'clnrest', 'lnbits', 'nwc'] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];

/** Headers that a tunnel before the node asks for, as Cloudflare Access does. */
type Headers = Record<string, string>;

/** What SatLane needs in order to ask the node: a secret as a whole. `server`: https, without a path's last slash. */
export type Credential =
  /** `name@host`; nothing secret: LUD-16 with LUD-21. */
  | { kind: 'lightning_address'; address: string }
  | { kind: 'phoenixd'; server: string; password: string; headers?: Headers }
  /** `macaroon`: hex. */
  | { kind: 'lnd'; server: string; macaroon: string; headers?: Headers }
  | { kind: 'clnrest'; server: string; rune: string; headers?: Headers }
  | { kind: 'lnbits'; server: string; apiKey: string; headers?: Headers }
  /** `nostr+walletconnect://…` (NIP-47). */
  | { kind: 'nwc'; uri: string };

/** What a connection can do beyond minting and looking up. */
export interface Capabilities {
  /** Ends a BOLT11 before its time. */
  cancels: boolean;
  /** Says by a request to us that a BOLT11 was paid. */
  hooks: boolean;
  /** Many are looked up by one request. */
  lists: boolean;
  /** Mints over the hash of a description, which LNURL-pay asks for. */
  descriptionHashes: boolean;
  /** The server could hand out a BOLT11 of its own: the merchant knows it by name alone. */
  trusted: boolean;
}

/** What the log says of a connection. */
export const CONNECTION_EVENT_TYPES = ['lightning.connection_down', 'lightning.connection_up'] as const;
export type ConnectionEventType = (typeof CONNECTION_EVENT_TYPES)[number];

/** Why a node gave no answer that can be used. */
export const NODE_FAULTS = [
  /** DNS, TCP, 5xx of a tunnel, a dropped connection. Whether it did what was asked is not known. */
  'unreachable',
  'timeout',
  /** Its certificate is not one that Cloudflare accepts (526). */
  'certificate',
  /** 401: the credential is wrong or was taken back. */
  'credential',
  /** 403: the credential is right and lacks this right. */
  'forbidden',
  /** It understood, and says no: the text says why. */
  'refused',
  /** It does not speak this protocol, or answers what it must not. */
  'bad_answer',
  /** This kind cannot do it at all. */
  'unsupported',
] as const;
export type NodeFault = (typeof NODE_FAULTS)[number];
