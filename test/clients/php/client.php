<?php

// A client of BTCPay Server's Greenfield API as its library for PHP is one: 200 is the only success, nothing is followed, every
// request says that it is JSON, and whatever is read has the type that it is declared with.

declare(strict_types=1);

error_reporting(E_ALL);
set_error_handler(static function (int $level, string $message): never {
    throw new ErrorException($message, 0, $level);
});

final class RequestFailed extends RuntimeException
{
    public function __construct(public readonly int $status, public readonly string $body)
    {
        parent::__construct("answered $status: $body");
    }
}

final class Client
{
    public function __construct(private readonly string $baseUrl, private readonly string $apiKey)
    {
    }

    /** @param array<mixed>|null $body sent with every method, GET and DELETE too */
    public function text(string $method, string $path, ?array $body = null): string
    {
        $request = curl_init(rtrim($this->baseUrl, '/') . '/api/v1/' . ltrim($path, '/'));
        curl_setopt_array($request, [
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_TIMEOUT => 120,
            CURLOPT_HTTPHEADER => [
                'Accept: application/json',
                'Content-Type: application/json',
                "Authorization: token $this->apiKey",
            ],
        ]);
        if ($body !== null) {
            curl_setopt($request, CURLOPT_POSTFIELDS, json_encode($body, JSON_THROW_ON_ERROR));
        }
        $answer = curl_exec($request);
        if (!is_string($answer)) {
            throw new RuntimeException(curl_error($request));
        }
        $status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
        if ($status !== 200) {
            throw new RequestFailed($status, $answer);
        }
        return $answer;
    }

    /** @return array<mixed> */
    public function list(string $method, string $path, ?array $body = null): array
    {
        return json_decode($this->text($method, $path, $body), true, 512, JSON_THROW_ON_ERROR);
    }

    public function one(string $method, string $path, ?array $body = null): Fields
    {
        return new Fields($this->list($method, $path, $body));
    }
}

/** What is missing or of another type ends the shop: no field is asked for its type before it is used. */
final class Fields
{
    /** @param array<mixed> $data */
    public function __construct(public readonly array $data)
    {
    }

    public function string(string $name): string
    {
        return $this->data[$name];
    }

    public function int(string $name): int
    {
        return $this->data[$name];
    }

    public function bool(string $name): bool
    {
        return $this->data[$name];
    }

    /** @return array<mixed> */
    public function array(string $name): array
    {
        return $this->data[$name];
    }

    /** A decimal number, which JSON has as a text. */
    public function number(string $name): string
    {
        $text = $this->string($name);
        if (preg_match('/^-?\d+(\.\d+)?$/', $text) !== 1) {
            throw new UnexpectedValueException("$name is $text");
        }
        return $text;
    }

    public function fields(string $name): Fields
    {
        return new Fields($this->array($name));
    }

    /** @return Fields[] */
    public function each(string $name): array
    {
        return array_map(static fn (array $one): Fields => new Fields($one), $this->array($name));
    }
}

/** Reads everything that a shop may read of an invoice. */
function read_invoice(Fields $invoice): array
{
    foreach (['id', 'storeId', 'currency', 'type', 'status', 'additionalStatus', 'checkoutLink'] as $name) {
        $invoice->string($name);
    }
    foreach (['createdTime', 'expirationTime', 'monitoringExpiration'] as $name) {
        $invoice->int($name);
    }
    $invoice->number('amount');
    $invoice->bool('archived');
    $invoice->array('availableStatusesForManualMarking');
    $invoice->array('metadata');
    $checkout = $invoice->fields('checkout');
    $checkout->string('speedPolicy');
    $checkout->array('paymentMethods');
    $checkout->int('expirationMinutes');
    $checkout->int('monitoringMinutes');
    $checkout->bool('redirectAutomatically');
    return $invoice->data;
}

/** @return array<mixed> what a shop shows of an invoice's payments */
function read_methods(Client $client, string $store, string $invoice): array
{
    $read = [];
    foreach ($client->list('GET', "stores/$store/invoices/$invoice/payment-methods") as $data) {
        $method = new Fields($data);
        foreach (['amount', 'due', 'rate', 'totalPaid', 'paymentMethodPaid'] as $name) {
            $method->number($name);
        }
        (new Fields(['fee' => $method->data['networkFee'] ?? $method->data['paymentMethodFee']]))->number('fee');
        $method->bool('activated');
        $payments = [];
        foreach ($method->each('payments') as $payment) {
            $payment->int('receivedDate');
            $payment->number('fee');
            $payment->string('destination');
            [$txid, $vout] = explode('-', $payment->string('id'), 2);
            $payments[] = [
                'txid' => $txid,
                'vout' => $vout,
                'status' => $payment->string('status'),
                'value' => $payment->number('value'),
            ];
        }
        $read[] = [
            'method' => $method->string('paymentMethod'),
            'cryptoCode' => $method->string('cryptoCode'),
            'destination' => $method->string('destination'),
            'link' => $method->string('paymentLink'),
            'payments' => $payments,
            'worth' => round((float) $method->number('totalPaid') * (float) $method->number('rate'), 2),
        ];
    }
    return $read;
}

function read_webhook(Fields $webhook): array
{
    $events = $webhook->fields('authorizedEvents');
    $events->bool('everything');
    $events->array('specificEvents');
    $webhook->string('id');
    $webhook->string('url');
    $webhook->bool('enabled');
    $webhook->bool('automaticRedelivery');
    return $webhook->data;
}

function read_pull_payment(Fields $pullPayment): void
{
    foreach (['id', 'name', 'description', 'currency', 'viewLink'] as $name) {
        $pullPayment->string($name);
    }
    $pullPayment->number('amount');
    $pullPayment->int('BOLT11Expiration');
    $pullPayment->bool('autoApproveClaims');
    $pullPayment->bool('archived');
}

function read_payout(Fields $payout): void
{
    foreach (['id', 'pullPaymentId', 'destination', 'payoutMethodId', 'paymentMethod', 'cryptoCode', 'state'] as $name) {
        $payout->string($name);
    }
    $payout->int('revision');
    $payout->int('date');
    $payout->number('amount');
    $payout->array('metadata');
}

function read_server(Client $client): Fields
{
    $server = $client->one('GET', 'server/info');
    $server->array('supportedPaymentMethods');
    foreach ($server->each('syncStatus') as $sync) {
        $sync->bool('available');
        $sync->int('chainHeight');
        $sync->int('syncHeight');
    }
    return $server;
}

/** @return array<mixed> the request that was refused: its status and what the answer says */
function refused(callable $request): array
{
    try {
        $request();
    } catch (RequestFailed $refusal) {
        return ['status' => $refusal->status, 'body' => json_decode($refusal->body, true)];
    }
    throw new LogicException('it was not refused');
}

function say(array $line): void
{
    fwrite(STDOUT, json_encode($line, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES) . "\n");
}
