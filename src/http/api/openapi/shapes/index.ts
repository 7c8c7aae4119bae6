// The shapes of answers, by the names that operations give. Loaded for the document alone; operations import the names as a type.

import * as chain from './chain.ts';
import * as connections from './connections.ts';
import * as invoices from './invoices.ts';
import * as payouts from './payouts.ts';
import * as people from './people.ts';
import * as platform from './platform.ts';
import * as stores from './stores.ts';

export const SHAPES = { ...chain, ...connections, ...invoices, ...payouts, ...people, ...platform, ...stores };
export type ShapeName = keyof typeof SHAPES;
