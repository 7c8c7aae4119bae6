// What a merchant connects his own Lightning node or wallet by. Types alone. adapters/nodes speaks to each kind, services/connections
// keeps them.

/** By how its requests look. */
const CONNECTION_KINDS = ['lightning_address', 'phoenixd', 'lnd', 'clnrest', 'lnbits', 'nwc'] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];

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

/** Why a node gave no answer that can be used. */
export type NodeFault =
  /** DNS, TCP, 5xx of a tunnel, a dropped connection, a limit of time. Whether it did what was asked is not known. */
  | 'unreachable'
  | 'timeout'
  /** Its certificate is not one that Cloudflare accepts (526). */
  | 'certificate'
  /** 401: the credential is wrong or was taken back. */
  | 'credential'
  /** 403: the credential is right and lacks this right. */
  | 'forbidden'
  /** It understood, and says no: the text says why. */
  | 'refused'
  /** It does not speak this protocol, or answers what it must not. */
  | 'bad_answer'
  /** This kind cannot do it at all. */
  | 'unsupported';
