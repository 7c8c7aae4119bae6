// What snapshots have in common, to deflate them against: pieces of payouts, pull payments and invoices, the most frequent ones last.
// Stored rows name their dictionary by its letter. So none of these texts may ever change; a better one gets another letter. A snapshot
// with new fields needs none: it only takes a few bytes more. Called by packed.ts.

const TIME = '"2026-12-01T00:00:00.000Z"';

const PAYOUT = `{"id":"","pull_payment_id":null,"invoice_id":null,"environment":"live","state":"awaiting_approval",
"state":"awaiting_claim","state":"queued","state":"in_flight","state":"unknown","state":"cancelled","state":"settled","reason":null,
"method":"onchain","destination":null,"amount":"","currency":"BTC","amount_sats":"","rate":null,"btc_usd_rate":"","payment_hash":null,
"preimage":null,"fee_msat":null,"attempts":1,"batch_id":null,"txid":null,"vout":null,"confirmations":null,"revision":1,
"approvals":[{"by":{"kind":"key","id":"","at":${TIME}}],"metadata":{},"created_at":"","created_by":{"kind":"user","id":"",
"name":"refund"},"settled_at":null,"by":{"kind":"system"}}`;

const PULL_PAYMENT = `{"id":"","origin":"refund","invoice_id":null,"environment":"live","name":"Refund","description":"","amount":"",
"currency":"EUR","rate":null,"single_use":true,"auto_approve":false,"payment_methods":["onchain","lightning"],"min_bolt11_seconds":0,
"starts_at":null,"expires_at":null,"archived_at":null,"redirect_url":null,"redirect_automatically":false,"metadata":{},"created_at":"",
"created_by":{"kind":"key","id":"","by":{"kind":"key","id":"`;

const RARE = `"payment_methods":["lightning"],"lightning":{"bolt11":"lnbc","payment_hash":"","amount_sats":"","expires_at":${TIME}},
"payment_uri":"lightning:lnbc1","address":"","status":"expired","status":"overpaid","status":"underpaid","status":"late_paid",
"status":"cancelled","status":"reverted","status":"requires_review","status":"settled","method":"lightning","method":"simulated",
"txid":"sim_","environment":"test","status":"replaced","status":"dropped","status":"double_spent","status":"reorged",
"status":"prior","metadata":{"orderId":"","valid":false,"credited":false},"btc_usd_rate":null,"btc_fiat_rate":null,
"amount_fiat":null,"fiat_currency":null,`;

const INVOICE = `{"id":"","store_id":"","status":"pending","status":"seen","status":"paid","environment":"live","address":"bc1q",
"amount_sats":"","amount_btc":"0.000","amount_fiat":,"fiat_currency":"EUR","fiat_currency":"USD","btc_usd_rate":,"btc_fiat_rate":,
"amount_tolerance_sats":"0","amount_paid_sats":"0","amount_confirmed_sats":"0","amount_due_sats":"0","expires_at":${TIME},
"late_payment_grace_minutes":60,"late_payment_deadline_at":${TIME},"conf_threshold":1,"fee_sats":"0",
"payment_methods":["onchain","lightning"],"payment_methods":["onchain"],"lightning":null,
"payment_uri":"bitcoin:bc1q?amount=0.000&label=","hosted_checkout_url":"https://pay.example.com/i/00000000-0000-4000-8000",
"order_ref":null,"callback_url":null,"success_url":null,"buyer_email":null,"metadata":{},"payments":[{"method":"onchain","txid":"",
"vout":0,"amount_sats":"","status":"mempool","confirmations":0,"block_height":null,"first_seen_at":${TIME},"valid":true,
"credited":true}],"review_reason":null,"created_at":${TIME},"seen_at":${TIME},"paid_at":null},"status":"confirmed","confirmations":1,
"block_height":9,"payments":[],"review_reason":null,"created_at":${TIME},"seen_at":null,"paid_at":null}`;

export const DICTIONARIES = {
  a: new TextEncoder().encode((PAYOUT + PULL_PAYMENT + RARE + INVOICE).replaceAll('\n', '')),
};
