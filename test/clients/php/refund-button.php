<?php

// The refund button of an order in WooCommerce: the published plugin's gateway and its helpers as they are, in as much of
// WordPress as they call. It prints the order's notes and what the button says. php-published.test.ts runs it.

declare(strict_types=1);

error_reporting(E_ALL & ~E_DEPRECATED);

[, $autoload, $plugin, $api, $key, $store, $invoice, $amount, $currency] = $argv;
require $autoload;
spl_autoload_register(static function (string $class) use ($plugin): void {
    $file = $plugin . '/src' . str_replace(['BTCPayServer\\WC', '\\'], ['', '/'], $class) . '.php';
    if (is_file($file)) {
        require $file;
    }
});

const BTCPAYSERVER_VERSION = '2.8.0';
const BTCPAYSERVER_PLUGIN_ID = 'btcpay-greenfield-for-woocommerce';
const BTCPAYSERVER_PLUGIN_URL = 'https://shop.example/plugin/';
const MINUTE_IN_SECONDS = 60;

$options = ['btcpay_gf_url' => $api, 'btcpay_gf_api_key' => $key, 'btcpay_gf_store_id' => $store];

function get_option(string $name, mixed $default = false): mixed
{
    return $GLOBALS['options'][$name] ?? $default;
}

function __(string $text): string
{
    return $text;
}

function add_action(): void
{
}

function get_transient(): bool
{
    return false;
}

function set_transient(): void
{
}

function sanitize_html_class(string $name): string
{
    return preg_replace('/[^A-Za-z0-9_-]/', '', $name);
}

function wc_get_order(): WC_Order
{
    return $GLOBALS['order'];
}

final class WP_Error
{
    public function __construct(public string $code, public string $message)
    {
    }
}

final class WC_Logger
{
    public function debug(string $message): void
    {
        fwrite(STDERR, "$message\n");
    }
}

abstract class WC_Payment_Gateway
{
    public $id;
    public $icon;
    public $has_fields;
    public $order_button_text;
    public $form_fields;
    public $title;
    public $description;
    public $supports;
    public $method_title;
    public $method_description;

    public function init_settings(): void
    {
    }

    public function get_option(string $name, mixed $default = ''): mixed
    {
        return $default;
    }
}

final class WC_Order
{
    public array $notes = [];

    public function __construct(private string $invoice, private string $currency)
    {
    }

    public function get_currency(): string
    {
        return $this->currency;
    }

    public function get_payment_method(): string
    {
        return 'btcpaygf_default';
    }

    public function get_meta(string $name): string
    {
        return $name === 'BTCPay_id' ? $this->invoice : '';
    }

    public function get_order_number(): string
    {
        return '1042';
    }

    public function add_order_note(string $note): void
    {
        $this->notes[] = $note;
    }

    public function add_meta_data(): void
    {
    }

    public function save(): void
    {
    }
}

$order = new WC_Order($invoice, $currency);
$answer = (new BTCPayServer\WC\Gateway\DefaultGateway())->process_refund(1042, $amount, 'It broke');
fwrite(STDOUT, json_encode(['answer' => $answer, 'notes' => $order->notes], JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES) . "\n");
