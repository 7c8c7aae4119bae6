<?php

// What a shop does that is made as PrestaShop's module is, for BTCPay Server 1.x: payment methods by name, the lists that it
// asks for at every checkout, a webhook with a secret of its own, and an invoice from its making to its archive.

declare(strict_types=1);

require __DIR__ . '/client.php';

[, $api, $key, $granted, $url] = $argv;
$client = new Client($api, $key);
$store = explode(':', json_decode($granted, true)[0])[1];

$server = read_server($client);
if (version_compare($server->string('version'), '1.7.0', '<') || !$server->bool('fullySynched')) {
    throw new UnexpectedValueException('the server is too old, or not in sync');
}
$shop = $client->one('GET', "stores/$store");
$shop->string('name');
$shop->string('speedPolicy');
$shop->string('defaultCurrency');
if ($shop->int('invoiceExpiration') <= 0 || $shop->int('monitoringExpiration') <= 0) {
    throw new UnexpectedValueException('a store without time');
}

// Each is an object with `data`, under its name.
$keyed = [];
foreach ($client->list('GET', "stores/$store/payment-methods") as $name => $entry) {
    $method = new Fields($entry);
    $data = $method->fields('data');
    $data->string('derivationScheme');
    $data->string('label');
    $keyed[$name] = $method->bool('enabled');
}
$lists = [];
foreach (['OnChain', 'LightningNetwork'] as $kind) {
    $lists[$kind] = array_map(
        static fn (array $one): string => (new Fields($one))->string('cryptoCode'),
        $client->list('GET', "stores/$store/payment-methods/$kind"),
    );
}

$webhooks = "stores/$store/webhooks";
$secret = bin2hex(random_bytes(16));
$made = $client->one('POST', $webhooks, [
    'enabled' => true, 'automaticRedelivery' => true, 'url' => $url,
    'authorizedEvents' => ['everything' => true, 'specificEvents' => []], 'secret' => $secret,
]);
read_webhook($made);
if ($made->string('secret') !== $secret) {
    throw new UnexpectedValueException('the secret is another one');
}
read_webhook($client->one('GET', "$webhooks/" . $made->string('id')));
$removed = $client->text('DELETE', "$webhooks/" . $made->string('id'), ['id' => $made->string('id')]);

$posData = bin2hex(random_bytes(8));
$invoice = $client->one('POST', "stores/$store/invoices", [
    'amount' => '24.90',
    'currency' => 'EUR',
    'metadata' => [
        'orderId' => 'PS-77', 'buyerEmail' => 'ann@example.com', 'posData' => $posData, 'itemDesc' => 'Order PS-77',
        'itemCode' => '', 'taxIncluded' => '3.98',
    ],
    'checkout' => [
        'speedPolicy' => $shop->string('speedPolicy'), 'paymentMethods' => null, 'expirationMinutes' => null,
        'monitoringMinutes' => null, 'paymentTolerance' => null, 'redirectURL' => 'https://shop.example/{InvoiceId}',
        'redirectAutomatically' => true, 'defaultLanguage' => 'xx-XX',
    ],
]);
read_invoice($invoice);
$id = $invoice->string('id');
$path = "stores/$store/invoices/$id";
if ($client->one('GET', $path)->fields('metadata')->string('posData') !== $posData) {
    throw new UnexpectedValueException('posData is another one');
}
$methods = read_methods($client, $store, $id);
$bare = $client->one('POST', "stores/$store/invoices", [
    'amount' => '1', 'currency' => 'EUR', 'metadata' => [], 'checkout' => null,
]);
$found = array_column($client->list('GET', "stores/$store/invoices?orderId=PS-77&orderId=PS-78"), 'id');
$renamed = $client->one('PUT', $path, ['metadata' => ['orderId' => 'PS-78', 'taxIncluded' => true]])->array('metadata');
$marked = $client->one('POST', "$path/status", ['status' => 'Settled'])->string('additionalStatus');
$archived = $client->text('DELETE', $path, ['id' => $id]);
$restored = $client->one('POST', "$path/unarchive");

say([
    'keyed' => $keyed,
    'lists' => $lists,
    'removed' => $removed,
    'goneAfter' => refused(static fn () => $client->one('GET', "$webhooks/" . $made->string('id')))['status'],
    'redirectURL' => str_replace($id, 'ID', $invoice->fields('checkout')->string('redirectURL')),
    'methods' => array_column($methods, 'method'),
    'bare' => read_invoice($bare)['metadata'],
    'found' => in_array($id, $found, true),
    'renamed' => $renamed,
    'marked' => $marked,
    'archived' => $archived,
    'restored' => !$restored->bool('archived'),
]);
