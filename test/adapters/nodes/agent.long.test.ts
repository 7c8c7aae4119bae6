// The program that pays payouts, with every kind of node but that of agent.test.ts.

import { agentStory, agentWorld } from './agent-story.ts';

agentStory(['lnd', 'clnrest', 'lnbits', 'nwc'], agentWorld());
