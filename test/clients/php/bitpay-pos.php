<?php

// A shop with BitPay's plugin for WooCommerce, as far as the wire knows it: its POS token is all that it has, it signs nothing,
// and of each notification it believes the event's name alone and asks back for the order.

declare(strict_types=1);

error_reporting(E_ALL);
set_error_handler(static function (int $level, string $message): never {
    throw new ErrorException($message, 0, $level);
});

[, $baseUrl, $token, $notificationUrl] = $argv;

/** @return array<mixed> the answer's data; whatever is an error ends the shop, as it ends the plugin's request */
function bitpay(string $method, string $url, ?array $fields = null): array
{
    $request = curl_init($url);
    curl_setopt_array($request, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 120,
        CURLOPT_HTTPHEADER => ['Content-Type: application/json', 'x-accept-version: 2.0.0', 'Accept:'],
    ]);
    if ($fields !== null) {
        curl_setopt($request, CURLOPT_POSTFIELDS, json_encode($fields, JSON_THROW_ON_ERROR));
    }
    $answer = curl_exec($request);
    $body = json_decode(is_string($answer) ? $answer : '', true, 512, JSON_THROW_ON_ERROR);
    if (($body['status'] ?? null) === 'error' || isset($body['error']) || isset($body['errors'])) {
        throw new RuntimeException("$method answered " . json_encode($body));
    }
    return $body['data'];
}

function say(array $line): void
{
    fwrite(STDOUT, json_encode($line, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES) . "\n");
}

$invoice = bitpay('POST', "{$baseUrl}/invoices", [
    'price' => 6.5,
    'currency' => 'USD',
    'orderId' => '1042',
    'acceptanceWindow' => 1200000,
    'notificationURL' => $notificationUrl,
    'extendedNotifications' => true,
    'redirectURL' => 'https://shop.example/checkout/order-received/1042/?key=wc_order_1&redirect=false',
    'guid' => bin2hex(random_bytes(16)),
    'token' => $token,
]);
say(['id' => $invoice['id'], 'url' => $invoice['url'], 'redirect' => $invoice['redirectURL'], 'address' => $invoice['bitcoinAddress']]);

$available = [
    'invoice_paidInFull' => ['paid', 'confirmed', 'complete'],
    'invoice_confirmed' => ['confirmed', 'complete'],
    'invoice_completed' => ['complete'],
    'invoice_expired' => ['expired'],
];
while (($told = fgets(STDIN)) !== false) {
    ['event' => $event, 'data' => $data] = json_decode($told, true, 512, JSON_THROW_ON_ERROR);
    $read = bitpay('GET', "{$baseUrl}/invoices/{$data['id']}?" . http_build_query(['token' => $token]));
    $isFine = in_array($read['status'], $available[$event['name']] ?? [$read['status']], true);
    say(['event' => $event['name'], 'order' => $read['orderId'], 'isFine' => $isFine]);
}
