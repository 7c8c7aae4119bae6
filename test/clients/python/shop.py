"""Servers of shops that know only the guides and Python's standard library. Each is a class below; the first argument
says which. They print one line of JSON for each thing that happens."""
import base64
import hashlib
import hmac
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer


def say(**line):
    print(json.dumps(line), flush=True)


def ask(method, url, authorization, body=None):
    """As `curl -H "Content-Type: application/json" -H "Authorization: …" -X METHOD -d BODY` does."""
    request = urllib.request.Request(
        url, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={'Accept': 'application/json', 'Content-Type': 'application/json', 'Authorization': authorization})
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        return {'status': error.code, **json.loads(error.read())}


class Shop:
    """What all have: a server, and the raw body of what comes."""

    def __init__(self, api):
        self.api = api
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                raw = self.rfile.read(int(self.headers['Content-Length']))
                self.send_response(shop.hear(self.path, self.headers, raw))
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = HTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}'

    def believed(self, headers, raw):
        expected = 'sha256=' + hmac.new(self.secret.encode(), raw, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, headers['BTCPay-Sig'] or '')


class Guide(Shop):
    """BTCPay Server's guide for e-commerce: connected by the link that it builds, notified by a webhook that it registers."""

    PERMISSIONS = ['canviewinvoices', 'cancreateinvoice', 'canmodifyinvoices', 'webhooks.canmodifywebhooks']

    def start(self):
        query = [('applicationName', 'Guide'), ('selectiveStores', 'true'), ('strict', 'true'),
                 ('redirect', f'{self.url}/connected?session=1')]
        query += [('permissions', f'btcpay.store.{name}') for name in self.PERMISSIONS]
        say(link='/api-keys/authorize?' + urllib.parse.urlencode(query))

    def hear(self, path, headers, raw):
        if path == '/connected?session=1':
            return self.connected(urllib.parse.parse_qs(raw.decode()))
        if not self.believed(headers, raw):
            return 401
        event = json.loads(raw)
        invoice = self.call('GET', f"/invoices/{event['invoiceId']}")
        say(type=event['type'], status=invoice['status'], additional=invoice['additionalStatus'],
            own=event['invoiceId'] == self.invoice['id'])
        return 200

    def connected(self, fields):
        self.key = fields['apiKey'][0]
        [self.store] = {permission.split(':')[1] for permission in fields['permissions[]']}
        self.secret = self.call('POST', '/webhooks', {'url': f'{self.url}/hook'})['secret']
        self.invoice = {'id': None}
        self.invoice = self.call('POST', '/invoices', {
            'amount': 6.5, 'currency': 'USD', 'metadata': {'orderId': 'G-1'},
            'checkout': {'redirectURL': 'https://shop.example/thanks'}})
        [method] = self.call('GET', f"/invoices/{self.invoice['id']}/payment-methods")
        say(checkoutLink=self.invoice['checkoutLink'], address=method['destination'], amount=method['amount'])
        return 200

    def call(self, method, path, body=None):
        return ask(method, f'{self.api}/api/v1/stores/{self.store}{path}', f'token {self.key}', body)


class Ipn(Shop):
    """BitPay's guide to IPNs: never believed, a reason to ask for the invoice."""

    def start(self, key):
        self.authorization = 'Basic ' + base64.b64encode(key.encode()).decode()
        made = ask('POST', f'{self.api}/invoices', self.authorization, {
            'price': 6.5, 'currency': 'USD', 'orderId': 'I-1', 'posData': json.dumps({'cart': 1}),
            'notificationURL': f'{self.url}/ipn', 'fullNotifications': True,
            'buyer': {'email': 'test@example.com'}})['data']
        say(id=made['id'], address=made['bitcoinAddress'], status=made['status'], token=made['token'])

    def hear(self, path, headers, raw):
        event = json.loads(raw)
        invoice = ask('GET', f"{self.api}/invoices/{event['id']}", self.authorization)['data']
        say(announced=event, status=invoice['status'], orderId=invoice['orderId'], posData=json.loads(invoice['posData']))
        return 200


class Elenpay(Shop):
    """ElenPAY's guide: `Authorization: Token`, a permanent address, an amount that the buyer enters."""

    METADATA = {'OrderId': '12345678', 'CustomerId': '401329b6-dd4e-4b4e-a866-730d4bc116c4'}

    def start(self, key, store):
        self.key, self.store = key, store
        say(url=f'{self.url}/hook')
        self.secret = sys.stdin.readline().strip()
        put = lambda customer: self.call('PUT', f'/stores/{store}/onchain/btc/addresses/{customer}', {
            'checkout': {'redirectURL': 'google.com', 'redirectAutomatically': False}})
        address = put(self.METADATA['CustomerId'])
        say(address=address, again=put(self.METADATA['CustomerId']) == address, another=put('another')['address'])
        intent = self.call('POST', f'/stores/{store}/amountless-invoices', {
            'metadata': self.METADATA,
            'checkout': {'redirectURL': 'https://www.google.com', 'redirectAutomatically': False}})
        say(intent=intent, read=self.call('GET', f"/intents/{intent['id']}"))
        withdrawal = {'amount': '0.001', 'currency': 'BTC', 'metadata': self.METADATA}
        link = self.call('POST', f'/stores/{store}/withdrawal/request', withdrawal)
        sent = self.call('POST', f'/stores/{store}/onchain-withdrawal',
                         {'amount': 0.001, 'address': 'bcrt1qtmp74ayg7p24uslctssvjm06q5phz4yrxucgnv', 'metadata': self.METADATA})
        say(link=link, sent=sent,
            states=[one['state'] for one in self.call('GET', f"/pull-payments/{sent['pullPaymentId']}/payouts")])

    def hear(self, path, headers, raw):
        if not self.believed(headers, raw):
            return 401
        event = json.loads(raw)
        say(event=event)
        return 200

    def call(self, method, path, body=None):
        return ask(method, f'{self.api}/api/v1{path}', f'Token {self.key}', body)


_, kind, api, *rest = sys.argv
shop = {'guide': Guide, 'ipn': Ipn, 'elenpay': Elenpay}[kind](api)
shop.start(*rest)
shop.server.serve_forever()
