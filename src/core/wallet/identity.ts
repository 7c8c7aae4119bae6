// Tells whether two wallets are the same one, however their keys were spelled. Called by services/wallets/wallets.ts and dev/seed.ts.

/**
 * What a wallet derives to: unique in the database (`wallets.identity`).
 * @param firstScript of its address 0, in hex: two keys share all of their addresses or none
 * @param isExclusive whether one account alone may have it: on the deployment's network, where the money is
 */
export function identityOf(
  firstScript: string,
  { network, accountId, isExclusive }: { network: string; accountId: string; isExclusive: boolean },
): string {
  return isExclusive ? `${network}:${firstScript}` : `${network}:${firstScript}:${accountId}`;
}
