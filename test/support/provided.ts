// What the global set-up hands to the tests that run in workerd.

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the hub (node/hub.ts). */
    hub: string;
    /** Whether bcoin is installed (node/bcoin-library.ts). */
    bcoin: boolean;
  }
}

export {};
