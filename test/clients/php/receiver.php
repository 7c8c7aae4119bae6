<?php

// A shop's page for webhooks, on PHP's own server (`php -S`), which does one thing at a time: it checks the signature, and asks
// for the invoice and its payments while the delivery waits for its answer.

declare(strict_types=1);

define('STDOUT', fopen('php://stdout', 'w'));
require __DIR__ . '/client.php';

['api' => $api, 'key' => $key, 'store' => $store, 'secret' => $secret] = json_decode(
    file_get_contents(getenv('SHOP')),
    true,
);
$raw = file_get_contents('php://input');
$signature = '';
foreach (getallheaders() as $name => $value) {
    if (strtolower($name) === 'btcpay-sig') {
        $signature = $value;
    }
}
if ($signature !== 'sha256=' . hash_hmac('sha256', $raw, $secret)) {
    http_response_code(500);
    say(['refused' => $signature]);
    return;
}

$event = new Fields(json_decode($raw, true, 512, JSON_THROW_ON_ERROR));
$id = $event->string('invoiceId');
foreach (['deliveryId', 'webhookId', 'originalDeliveryId', 'storeId'] as $name) {
    $event->string($name);
}
$event->bool('isRedelivery');
$event->int('timestamp');
$flags = match ($event->string('type')) {
    'InvoiceReceivedPayment', 'InvoicePaymentSettled' => ['afterExpiration'],
    'InvoiceProcessing' => ['overPaid'],
    'InvoiceSettled' => ['manuallyMarked', 'overPaid'],
    'InvoiceExpired' => ['partiallyPaid'],
    'InvoiceInvalid' => ['manuallyMarked'],
    default => [],
};
$client = new Client($api, $key);
$invoice = $client->one('GET', "stores/$store/invoices/$id");
read_invoice($invoice);
$methods = read_methods($client, $store, $id);
say([
    'type' => $event->string('type'),
    'flags' => array_map($event->bool(...), $flags),
    'orderId' => $event->fields('metadata')->data['orderId'] ?? null,
    'status' => $invoice->string('status'),
    'additionalStatus' => $invoice->string('additionalStatus'),
    'payments' => array_column($methods[0]['payments'], 'status'),
    'worth' => $methods[0]['worth'],
]);
http_response_code(200);
