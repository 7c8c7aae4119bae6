// What BTCPay Server answers under /misc: lists that its clients offer to choose from. Public.

import { includedIn, PERMISSIONS, type Permission } from '../../../services/access/permissions.ts';
import { EXCHANGE_NAMES } from '../../../services/platform/settings.ts';
import { ANYBODY } from '../operation.ts';
import { operation } from './operation.ts';

/** What prices are made of: the middle one of several exchanges' rates. */
export const MEDIAN = { id: 'median', name: 'Median of several exchanges' };

export const miscApi = [
  // Languages of the payment page.
  operation('GET /lang', ANYBODY, async () => [{ code: 'en', currentLanguage: 'English' }]),

  operation('GET /permissions', ANYBODY, async () =>
    theirs(PERMISSIONS).map((name) => ({ name, included: theirs(includedIn(name)) })),
  ),

  operation('GET /rate-sources', ANYBODY, async () => [MEDIAN, ...EXCHANGE_NAMES.map((name) => ({ id: name, name }))]),
];

/** Those that BTCPay Server knows, sorted. */
function theirs(names: readonly Permission[]): Permission[] {
  return names.filter((name) => !name.startsWith('satlane.')).sort();
}
