// What can happen between a buyer's payment and a merchant's invoice, as a list. Each scenario is told to a World
// (scenarios-world.ts) and ends in what every world must agree on: scenarios.test.ts runs them over the simulated chain
// with each of its faults, test/bcoin/ over blocks and transactions that bcoin made.

import type { Scenario } from './scenarios-world.ts';

const GRACE_MINUTES = 60;

export const scenarios: Scenario[] = [
  {
    name: 'paid exactly',
    async run(world) {
      const order = await world.order(100_000);
      await world.pay(order, 100_000);
      await world.seen(order);
      await world.mine();
      await world.ends(order, { status: 'paid', confirmedSats: 100_000, events: ['payment_seen', 'paid'] });
    },
  },
  {
    name: 'paid short and topped up',
    async run(world) {
      const order = await world.order(100_000);
      await world.pay(order, 40_000);
      await world.mine();
      await world.follow();
      await world.pay(order, 60_000);
      await world.look(order);
      await world.mine();
      await world.ends(order, { status: 'paid', confirmedSats: 100_000, events: ['underpaid', 'paid'] });
    },
  },
  {
    name: 'paid short and left at that',
    async run(world) {
      const order = await world.order(100_000, 5);
      await world.pay(order, 40_000);
      await world.seen(order);
      await world.mine();
      await world.follow();
      await world.passMinutes(6);
      await world.ends(order, { status: 'underpaid', confirmedSats: 40_000, events: ['payment_seen', 'underpaid'] });
    },
  },
  {
    name: 'paid too much',
    async run(world) {
      const order = await world.order(60_000);
      await world.pay(order, 90_000);
      await world.seen(order);
      await world.mine();
      await world.ends(order, { status: 'overpaid', confirmedSats: 90_000, events: ['payment_seen', 'overpaid'] });
    },
  },
  {
    name: 'paid late',
    async run(world) {
      const order = await world.order(100_000, 5);
      await world.passMinutes(6);
      await world.look(order);
      await world.pay(order, 100_000);
      await world.seen(order);
      await world.mine();
      await world.ends(order, {
        status: 'late_paid',
        confirmedSats: 100_000,
        events: ['expired', 'payment_seen', 'late_paid'],
      });
    },
  },
  {
    name: 'paid when it was too late even for late',
    async run(world) {
      const order = await world.order(100_000, 5);
      await world.passMinutes(5 + GRACE_MINUTES + 1);
      await world.look(order);
      await world.pay(order, 100_000);
      await world.look(order);
      await world.mine();
      await world.ends(order, {
        status: 'requires_review',
        reviewReason: 'payment_after_deadline',
        provenSats: 100_000,
        events: ['expired', 'requires_review'],
      });
    },
  },
  {
    name: 'paid after it was cancelled',
    async run(world) {
      const order = await world.order(100_000);
      await world.cancel(order);
      await world.pay(order, 100_000);
      await world.look(order);
      await world.mine();
      await world.ends(order, {
        status: 'requires_review',
        reviewReason: 'payment_after_cancellation',
        confirmedSats: 100_000,
        events: ['cancelled', 'requires_review'],
      });
    },
  },
  {
    name: 'paid by two outputs of one transaction',
    async run(world) {
      const order = await world.order(100_000);
      await world.pay(order, 60_000, { also: [[order, 40_000]] });
      await world.seen(order);
      await world.mine();
      await world.ends(order, { status: 'paid', confirmedSats: 100_000, events: ['payment_seen', 'paid'] });
    },
  },
  {
    name: 'paid by two transactions in one block',
    async run(world) {
      const order = await world.order(100_000);
      await world.pay(order, 70_000);
      await world.pay(order, 30_000);
      await world.mine();
      await world.ends(order, { status: 'paid', confirmedSats: 100_000, events: ['paid'] });
    },
  },
  {
    name: 'paid, and a reorg keeps the payment',
    async run(world) {
      const order = await world.order(100_000);
      await world.pay(order, 100_000);
      await world.mine();
      await world.follow();
      await world.reorg(1, 'remine');
      await world.mine();
      await world.ends(order, { status: 'paid', confirmedSats: 100_000, events: ['paid'] });
    },
  },
  {
    name: 'paid, and a reorg of three blocks moves the payment to another height',
    // To an explorer a step behind the branches are a split: what is held meanwhile counts when they agree again.
    async run(world) {
      const order = await world.order(100_000);
      await world.mine(2);
      await world.pay(order, 100_000);
      await world.mine();
      await world.follow();
      await world.reorg(3, 'remine');
      await world.follow();
      await world.mine();
      await world.ends(order, { status: 'paid', confirmedSats: 100_000, events: ['paid'] });
    },
  },
  {
    name: 'paid by two confirmations, and a reorg begins to count them anew',
    async run(world) {
      const order = await world.order(250_000);
      await world.pay(order, 250_000);
      await world.mine(2);
      await world.follow();
      await world.reorg(2, 'wait');
      await world.mine();
      await world.follow();
      await world.mine();
      await world.ends(order, { status: 'paid', confirmedSats: 250_000, events: ['payment_seen', 'paid'] });
    },
  },
  {
    name: 'paid, and a reorg loses the payment',
    async run(world) {
      const order = await world.order(100_000);
      await world.pay(order, 100_000);
      await world.mine();
      await world.follow();
      await world.reorg(1, 'vanish');
      await world.follow();
      await world.mine();
      await world.ends(order, { status: 'reverted', events: ['paid', 'payment_reverted'] });
    },
  },
  {
    name: 'paid, lost by a reorg, and mined after all',
    async run(world) {
      const order = await world.order(100_000);
      await world.pay(order, 100_000);
      await world.mine();
      await world.follow();
      await world.reorg(1, 'wait');
      await world.follow();
      await world.mine();
      await world.ends(order, {
        status: 'requires_review',
        reviewReason: 'payment_confirmed_after_revert',
        confirmedSats: 100_000,
        events: ['paid', 'payment_reverted', 'requires_review'],
      });
    },
  },
  {
    name: 'its payment is replaced by another one for it',
    async run(world) {
      const order = await world.order(100_000);
      const txid = await world.pay(order, 100_000);
      await world.seen(order);
      await world.replace(txid, order, 100_000);
      await world.look(order);
      await world.mine();
      await world.ends(order, { status: 'paid', confirmedSats: 100_000, events: ['payment_seen', 'paid'] });
    },
  },
  {
    name: 'its payment is replaced by one for a stranger, which is mined',
    async run(world) {
      const order = await world.order(100_000, 10);
      const txid = await world.pay(order, 100_000);
      await world.seen(order);
      await world.replace(txid);
      await world.mine();
      await world.follow();
      await world.passMinutes(11);
      await world.ends(order, { status: 'expired', events: ['payment_seen', 'payment_replaced', 'expired'] });
    },
  },
  {
    name: 'its payment is double-spent by a later block, and another one pays',
    async run(world) {
      const order = await world.order(100_000);
      const txid = await world.pay(order, 100_000);
      await world.seen(order);
      await world.drop(txid);
      await world.mine(2);
      await world.follow();
      await world.replace(txid);
      await world.mine();
      await world.follow();
      await world.pay(order, 100_000);
      await world.mine();
      await world.ends(order, {
        status: 'paid',
        confirmedSats: 100_000,
        events: ['payment_seen', 'payment_replaced', 'paid'],
      });
    },
  },
  {
    name: 'its payment is dropped, sent again and mined',
    async run(world) {
      const order = await world.order(100_000);
      const txid = await world.pay(order, 100_000);
      await world.seen(order);
      await world.drop(txid);
      await world.look(order);
      await world.passMinutes(2);
      await world.look(order);
      await world.rebroadcast(txid);
      await world.mine();
      await world.ends(order, {
        status: 'paid',
        confirmedSats: 100_000,
        events: ['payment_seen', 'payment_replaced', 'paid'],
      });
    },
  },
  {
    name: 'its payment falls with the unconfirmed one that it is the change of',
    async run(world) {
      const [other, order] = [await world.order(50_000, 10), await world.order(100_000, 10)];
      const parent = await world.pay(other, 50_000);
      await world.pay(order, 100_000, { from: parent });
      await world.seen(order);
      await world.replace(parent);
      await world.mine();
      await world.look(order);
      await world.passMinutes(11);
      await world.ends(order, { status: 'expired', events: ['payment_seen', 'payment_replaced', 'expired'] });
    },
  },
];
