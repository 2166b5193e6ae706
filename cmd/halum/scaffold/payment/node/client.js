'use strict';

const { configOf, invalid, misconfigured, unavailable } = require('./halum');

const KNOWN = ['base_url'];

/** Reads and checks what a vendor has filled in. */
function settings(account) {
  const config = configOf(account);
  for (const name of Object.keys(config)) {
    if (!KNOWN.includes(name)) throw misconfigured(name, 'is not a setting of this provider');
  }
  if (!/^https?:\/\/./.test(config.base_url ?? '')) throw misconfigured('base_url', 'must be the https address of the Acme API');
  const key = account.secrets?.api_key ?? '';
  if (key.length < 8) throw misconfigured('api_key', 'is required');
  return { url: config.base_url, key };
}

/**
 * Asks Acme, and returns its record, or null when it knows none. Which error is thrown decides what the platform does next:
 * invalid, misconfigured and unavailable promise that nothing happened; after any other it asks getPayment.
 */
async function call(account, method, segments, body, { signal }) {
  const { url, key } = settings(account);
  if (segments.some((s) => !/^[\w-]+$/.test(s ?? ''))) throw invalid('payment.id', 'cannot be part of an address');
  let response;
  try {
    response = await fetch([url, 'payments', ...segments].join('/'), {
      method, signal, headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) }, body: body && JSON.stringify(body),
    });
  } catch (err) {
    if (err?.cause?.code === 'ECONNREFUSED') throw unavailable('Acme cannot be reached');
    throw new Error('Acme gave no answer'); // sent or not: nobody knows
  }
  const text = await response.text();
  switch (response.status) {
    case 200: return JSON.parse(text);
    case 404: return null;
    case 400: throw invalid('amount', text.trim());
    case 401: throw misconfigured('api_key', 'is not one that Acme knows');
    default: throw new Error(`Acme answered ${response.status}`);
  }
}

module.exports = { call, settings };
