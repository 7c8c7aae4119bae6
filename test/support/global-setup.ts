// Starts the hub once for all test files that run in workerd.

import type { TestProject } from 'vitest/node';
import { isBcoinInstalled } from './node/bcoin-library.ts';
import { startHub } from './node/hub.ts';
import type {} from './provided.ts';

export default async function setup(project: TestProject) {
  const hub = await startHub();
  project.provide('hub', hub.url);
  project.provide('bcoin', isBcoinInstalled);
  return hub.close;
}
