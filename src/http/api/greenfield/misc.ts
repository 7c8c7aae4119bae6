// What BTCPay Server answers under /misc: lists that its clients offer to choose from. Public.

import { includedIn, PERMISSIONS } from '../../../services/access/permissions.ts';
import { EXCHANGE_NAMES } from '../../../services/platform/settings.ts';
import { ANYBODY } from '../operation.ts';
import { operation } from './operation.ts';

/** What prices are made of: the middle one of several exchanges' rates. */
export const MEDIAN = { id: 'median', name: 'Median of several exchanges' };

export const miscApi = [
  // Languages of the payment page.
  operation('GET /lang', ANYBODY, async () => [{ code: 'en', currentLanguage: 'English' }]),

  operation('GET /permissions', ANYBODY, async () =>
    PERMISSIONS.toSorted().map((name) => ({ name, included: includedIn(name).sort() })),
  ),

  operation('GET /rate-sources', ANYBODY, async () => [MEDIAN, ...EXCHANGE_NAMES.map((name) => ({ id: name, name }))]),
];
