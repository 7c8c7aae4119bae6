// Starts the local world once for all clients: they meet a product that runs, over sockets.

import type { TestProject } from 'vitest/node';
import { LocalWorld, type World } from '../support/node/world.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the project `clients` alone. */
    world: World;
  }
}

const local = new LocalWorld();

export async function setup(project: TestProject): Promise<void> {
  project.provide('world', await local.start());
}

export const teardown = () => local.dispose();
