<?php

// What a shop does that is made as WooCommerce's plugin is: it judges the key that came back, registers a webhook without a
// secret of its own, and sells. The first line that it prints is the invoice; then it ends, and receiver.php hears the rest.

declare(strict_types=1);

require __DIR__ . '/client.php';

[, $api, $key, $granted, $url, $file] = $argv;
$client = new Client($api, $key);

// The connect wizard: every permission is for one and the same store, and none is missing or beyond.
$required = ['canviewinvoices', 'cancreateinvoice', 'canviewstoresettings', 'canmodifyinvoices'];
$optional = ['cancreatenonapprovedpullpayments', 'webhooks.canmodifywebhooks'];
$stores = [];
$names = [];
foreach (json_decode($granted, true) as $permission) {
    [$name, $store] = explode(':', $permission);
    $names[] = str_replace('btcpay.store.', '', $name);
    $stores[$store] = true;
}
$names = array_values(array_diff($names, $optional));
sort($names);
sort($required);
if ($names !== $required || count($stores) !== 1 || preg_replace('/[^A-Za-z0-9_-]/', '', $key) !== $key) {
    throw new UnexpectedValueException('the key is not the one that was asked for');
}
$store = array_key_first($stores);
if (array_column($client->list('GET', 'stores'), 'id') !== [$store]) {
    throw new UnexpectedValueException('the store is not in the list');
}
$current = $client->one('GET', 'api-keys/current');
$current->string('label');
if ($current->string('apiKey') !== $key || count($current->array('permissions')) !== 6) {
    throw new UnexpectedValueException('the key is not itself');
}
$server = read_server($client);
if (version_compare($server->string('version'), '1.7.6', '<') || (int) $server->bool('fullySynched') !== 1) {
    throw new UnexpectedValueException('the server is too old, or not in sync');
}

// Its ways to pay, in the spelling that it keeps them in.
$methods = [];
foreach ($client->list('GET', "stores/$store/payment-methods") as $data) {
    $method = new Fields($data);
    if ($method->bool('enabled')) {
        $methods[] = str_replace('-', '_', $method->data['paymentMethod'] ?? $method->data['paymentMethodId']);
    }
}
if ($methods === []) {
    throw new UnexpectedValueException('no way to pay');
}

$webhook = $client->one('POST', "stores/$store/webhooks", [
    'enabled' => true,
    'automaticRedelivery' => true,
    'url' => $url,
    'authorizedEvents' => [
        'everything' => false,
        'specificEvents' => [
            'InvoiceReceivedPayment', 'InvoicePaymentSettled', 'InvoiceProcessing', 'InvoiceExpired', 'InvoiceSettled',
            'InvoiceInvalid',
        ],
    ],
]);
read_webhook($webhook);
$again = $client->one('GET', "stores/$store/webhooks/" . $webhook->string('id'));
read_webhook($again);
if ($again->string('url') !== $url || array_key_exists('secret', $again->data)) {
    throw new UnexpectedValueException('the webhook is not the one that was made');
}
file_put_contents($file, json_encode([
    'api' => $api, 'key' => $key, 'store' => $store, 'secret' => $webhook->string('secret'),
]));

$metadata = [
    'orderId' => '1042', 'orderUrl' => 'https://shop.example/?order=1042&key=a%26b', 'buyerEmail' => 'ann@example.com',
    'buyerName' => 'Ann Käse', 'taxIncluded' => 1.9, 'posData' => '{"WooCommerce":{"Order ID":1042}}', 'buyerPhone' => null,
];
$invoice = $client->one('POST', "stores/$store/invoices", [
    'amount' => '6.50',
    'currency' => 'USD',
    'metadata' => $metadata,
    'checkout' => [
        'speedPolicy' => null, 'paymentMethods' => $methods, 'expirationMinutes' => null, 'monitoringMinutes' => null,
        'paymentTolerance' => null, 'redirectURL' => 'https://shop.example/thanks/?key=1', 'redirectAutomatically' => null,
        'defaultLanguage' => null,
    ],
]);
read_invoice($invoice);
$kept = str_replace('-', '_', $invoice->fields('checkout')->array('paymentMethods'));
if ($kept !== $methods || substr_count($invoice->string('checkoutLink'), '/i/') !== 1) {
    throw new UnexpectedValueException('the invoice is paid in other ways than it was to be');
}
foreach ($metadata as $name => $value) {
    if ($invoice->array('metadata')[$name] !== $value) {
        throw new UnexpectedValueException("metadata.$name is another one");
    }
}

// A refund, as its button asks for one; then its link goes to the buyer, and the shop withdraws it.
$asked = [
    'name' => 'Refund 1042', 'description' => 'x', 'amount' => '6.50', 'currency' => 'USD', 'period' => null,
    'BOLT11Expiration' => null, 'autoApproveClaims' => false, 'startsAt' => null, 'expiresAt' => null,
    'paymentMethods' => $methods, 'payoutMethods' => $methods,
];
$refund = $client->one('POST', "stores/$store/pull-payments", $asked);
read_pull_payment($refund);
$id = $refund->string('id');
$forbidden = refused(static fn () => $client->one('POST', "stores/$store/pull-payments", ['autoApproveClaims' => true] + $asked));
read_pull_payment($client->one('GET', "pull-payments/$id"));
$claim = $client->one('POST', "pull-payments/$id/payouts", [
    'destination' => 'bcrt1qtmp74ayg7p24uslctssvjm06q5phz4yrxucgnv', 'amount' => '6.50', 'paymentMethod' => 'BTC',
    'payoutMethodId' => 'BTC-CHAIN',
]);
read_payout($claim);
$claims = $client->list('GET', "pull-payments/$id/payouts", ['includeCancelled' => false]);

say([
    'invoice' => $invoice->data,
    'refund' => $refund->string('amount') . ' ' . $refund->string('currency') . ' ' . $claim->string('state'),
    'forbidden' => $forbidden['body']['missingPermission'],
    'claims' => array_column($claims, 'state'),
    'listed' => in_array($id, array_column($client->list('GET', "stores/$store/pull-payments", ['includeArchived' => false]), 'id'), true),
    'methods' => read_methods($client, $store, $invoice->string('id')),
    'elsewhere' => refused(static fn () => $client->list('GET', 'stores/another/invoices'))['status'],
]);
