// Links that a wallet opens to pay a BOLT11 invoice: one of its own, or together with an address (BIP 321). Pure. Called where an
// invoice's payment link and QR codes are made; core/wallet/bip21.ts writes the link to an address alone.

/** BOLT 11: `lightning:` without slashes. */
export function lightningLink(bolt11: string): string {
  return `lightning:${bolt11}`;
}

/**
 * The BIP 321 link that leaves the choice to the wallet. Keys stay in lower case: Muun and Cash App know no other.
 * @param uri to an address, over the same amount as the BOLT11 invoice
 * @throws RangeError for a link of another scheme
 */
export function withBolt11(uri: string, bolt11: string): string {
  if (!uri.startsWith('bitcoin:')) throw new RangeError('only a link to an address takes a BOLT11 invoice');
  return `${uri}${uri.includes('?') ? '&' : '?'}lightning=${bolt11}`;
}

/**
 * What a QR code of a link holds. A Lightning link may be in upper case (BIP 173, LUD-01), which needs a quarter to a third fewer squares.
 * Links to an address stay as they are: some wallets and exchanges read neither `BITCOIN:` nor an address in upper case.
 */
export function qrText(link: string): string {
  return link.startsWith('lightning:') ? link.toUpperCase() : link;
}
