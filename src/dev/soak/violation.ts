// What the oracle throws: a sentence about what the product has done and should not have.

export class Violation extends Error {}
