// The road of a batch for the types of wallets that batches.test.ts leaves out.

import { batchStory } from './batch-story.ts';

batchStory(['p2sh-p2wpkh', 'p2pkh', 'p2tr', 'p2sh-p2wsh']);
