'use strict';

const { invalid } = require('./halum');
const { call, settings } = require('./client');
const { parseWebhook } = require('./webhook');

const CONFIG_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    base_url: { type: 'string', title: 'Address of the Acme API', format: 'uri', pattern: '^https?://' },
    api_key: { type: 'string', title: 'API key', writeOnly: true, minLength: 8 },
    webhook_secret: { type: 'string', title: 'Webhook signing secret', writeOnly: true, minLength: 8 },
  },
  required: ['base_url', 'api_key'],
  additionalProperties: false,
};

const outcome = (status) => `OUTCOME_${(status ?? 'unknown').toUpperCase()}`;

/** What the platform is told of Acme's record of a payment. */
function toResult(p) {
  if (!p) return { outcome: 'OUTCOME_NOT_FOUND' };
  const money = (minor) => ({ minor: minor ?? 0, currency: p.currency });
  return {
    outcome: outcome(p.status), provider_ref: p.ref, amount: money(p.amount), captured: money(p.captured), refunded: money(p.refunded),
    code: p.code ?? '', message: p.message ?? '', next: p.redirect_url ? { redirect: { url: p.redirect_url } } : null,
  };
}

function toRefund(r) {
  if (!r) return { outcome: 'REFUND_OUTCOME_NOT_FOUND' };
  return {
    outcome: `REFUND_OUTCOME_${r.status.toUpperCase()}`, provider_ref: r.ref, amount: { minor: r.amount, currency: r.currency },
    code: r.code ?? '', message: r.message ?? '',
  };
}

// Acme's records are the only ones: the provider remembers nothing, so that any process gives the same answers.
module.exports = {
  async describe() {
    return {
      name: 'acme', version: '0.1.0', config_schema: JSON.stringify(CONFIG_SCHEMA),
      methods: [{
        kind: 'card', name: 'Card',
        fields: [{ name: 'number', label: 'Card number', autocomplete: 'cc-number', example: '4242424242424242', secret: true }],
      }],
      capabilities: {
        authorize: true, partial_capture: true, multiple_captures: true, refund: true, partial_refund: true, webhooks: true, validate_config: true,
      },
    };
  },

  async validateConfig({ account }) {
    settings(account);
    return {};
  },

  // The platform's id goes to Acme, which takes one payment for it however often it is asked.
  async createPayment({ account, payment, capture_later, method_fields, return_url, order_number }, context) {
    const { minor = 0, currency = '' } = payment?.amount ?? {};
    if (!payment?.id) throw invalid('payment.id', 'is required');
    if (payment.method_kind !== 'card') throw invalid('payment.method_kind', 'only card is offered');
    if (minor <= 0 || !Number.isSafeInteger(minor) || currency.length !== 3) throw invalid('payment.amount', 'must be above zero, with a currency');
    return { result: toResult(await call(account, 'POST', [], {
      id: payment.id, amount: minor, currency, card: method_fields.number, capture: !capture_later, return_url, order: order_number,
    }, context)) };
  },

  // Nothing the shopper brings back is believed: Acme knows.
  async continuePayment(request, context) {
    return this.getPayment(request, context);
  },

  async capture({ account, payment, capture_id, amount, final }, context) {
    return { result: toResult(await call(account, 'POST', [payment?.id, 'captures'], {
      id: capture_id, amount: amount?.minor, currency: amount?.currency, final,
    }, context)) };
  },

  async void({ account, payment }, context) {
    return { result: toResult(await call(account, 'POST', [payment?.id, 'void'], {}, context)) };
  },

  async refund({ account, payment, refund_id, amount, reason }, context) {
    return { result: toRefund(await call(account, 'POST', [payment?.id, 'refunds'], {
      id: refund_id, amount: amount?.minor, currency: amount?.currency, reason,
    }, context)) };
  },

  async getPayment({ account, payment }, context) {
    return { result: toResult(await call(account, 'GET', [payment?.id], null, context)) };
  },

  async getRefund({ account, payment, refund_id }, context) {
    return { result: toRefund(await call(account, 'GET', [payment?.id, 'refunds', refund_id], null, context)) };
  },

  async parseWebhook(request) {
    return parseWebhook(request, toResult);
  },
};
