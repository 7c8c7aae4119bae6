// The ways an explorer can be switched to fail or lie, and the frame a lying explorer answers from.
// Parsed from POST /control/fault; applied by esplora.ts to every request of its view, and by socket.ts.
import { hex } from '@scure/base';
import { RawTx } from '@scure/btc-signer';
import * as z from 'zod';
import type { Frame } from './frame.ts';
import { addressToScript } from './script.ts';
import { parseTx, type Tx } from './transaction.ts';

const txid = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');

export const satsSchema = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], 'expected a whole number of satoshis')
  .pipe(z.int('expected a whole number of satoshis').min(1).max(21e14));

export const addressSchema = z.string().refine(isAddress, 'expected a regtest address');

export const faultSchema = z.strictObject({
  /** The connection breaks without an answer. */
  down: z.boolean().optional(),
  /** No answer until the fault is switched off. */
  hang: z.boolean().optional(),
  /** This status with an HTML body, as a proxy in front of the explorer would answer. */
  status: z.number().int().min(400).max(599).optional(),
  /** 200 with an HTML page. */
  html: z.boolean().optional(),
  /** The true answer, cut off in the middle. */
  garbage: z.boolean().optional(),
  delayMs: z.number().int().min(0).max(600_000).optional(),
  /** The tip is this many blocks behind; what those blocks confirmed shows as unconfirmed. */
  lagBlocks: z.number().int().min(0).optional(),
  /** Answers the state of the moment it was switched on. */
  freeze: z.boolean().optional(),
  /** Unconfirmed transactions, all or those named, are not shown. */
  hideMempool: z.union([z.boolean(), z.array(txid)]).optional(),
  /** Claims a confirmed payment that the chain does not hold. Without a txid the made-up transaction names itself. */
  forge: z.object({ txid: txid.optional(), address: addressSchema, sats: satsSchema }).optional(),
  /** Added to every amount the JSON answers show; raw bytes stay true. */
  alterSats: z.number().int().optional(),
  /** Each transaction twice in an address history. */
  duplicates: z.boolean().optional(),
  /** The tip is new while transactions and address histories are one block old. */
  slowIndex: z.boolean().optional(),
  /** Of the WebSocket alone: says nothing, sends rubbish, claims payments and blocks that are not, does so 1 000 times. */
  socket: z.enum(['mute', 'garbage', 'lie', 'flood']).optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** The fault of one view, which can be changed while requests wait for it. */
export class FaultSwitch {
  #fault: Fault = {};
  #frozen: Frame | undefined;
  #wake: () => void = () => {};
  #changed = new Promise<void>((resolve) => {
    this.#wake = resolve;
  });

  get current(): Fault {
    return this.#fault;
  }

  set(fault: Fault, now: Frame): void {
    this.#frozen = fault.freeze ? (this.#frozen ?? now.frozen()) : undefined;
    this.#fault = fault;
    this.#wake();
    this.#changed = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async whileHanging(): Promise<void> {
    while (this.#fault.hang) await this.#changed;
  }

  /** What this view believes: `tip` for blocks, `index` for transactions and addresses. */
  frames(live: Frame): { tip: Frame; index: Frame } {
    const { lagBlocks = 0, hideMempool = false, forge, slowIndex } = this.#fault;
    const dress = (frame: Frame) => {
      const shown = hideMempool === false ? frame : frame.hiding(hideMempool);
      return forge === undefined ? shown : shown.claiming(forgedTx(forge));
    };
    const seen = this.#frozen ?? live;
    const tip = lagBlocks > 0 ? seen.behind(lagBlocks) : seen;
    return { tip: dress(tip), index: dress(slowIndex ? tip.behind(1) : tip) };
  }
}

/** A well-formed transaction that spends an output that does not exist. */
function forgedTx({ txid: claimed, address, sats }: { txid?: string | undefined; address: string; sats: number }): Tx {
  const tx = parseTx(
    RawTx.encode({
      version: 2,
      segwitFlag: true,
      inputs: [{ txid: hex.decode('fa'.repeat(32)), index: 0, finalScriptSig: new Uint8Array(), sequence: 0xfffffffd }],
      outputs: [{ amount: BigInt(sats), script: hex.decode(addressToScript(address)) }],
      witnesses: [[new Uint8Array(71).fill(0x30), new Uint8Array(33).fill(0x02)]],
      lockTime: 0,
    }),
  );
  return { ...tx, txid: claimed ?? tx.txid };
}

function isAddress(text: string): boolean {
  try {
    addressToScript(text);
    return true;
  } catch {
    return false;
  }
}
