'use strict';

const crypto = require('node:crypto');
const { forged } = require('./halum');

const TOLERANCE = 5 * 60; // seconds, so that no webhook can be recorded and played again
const STATUSES = ['captured', 'authorized', 'pending', 'requires_action', 'declined', 'voided', 'expired'];

// signed reads a header such as "t=1700000000,v1=2cf2…": the time, and a hash of time and raw body.
function signed({ header, body, received_at }, secret) {
  const [, at, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header['node-signature'] ?? '') ?? [];
  if (!secret || !signature || Math.abs(Number(received_at?.seconds ?? 0) - Number(at)) > TOLERANCE) return false;
  const want = crypto.createHmac('sha256', secret).update(`${at}.`).update(body).digest();
  return crypto.timingSafeEqual(want, Buffer.from(signature, 'hex'));
}

/** Checks the signature before a single field is read, and says what the webhook means. */
function parseWebhook(request, toResult) {
  const { secrets, former_secrets } = request.account ?? {};
  if (!signed(request, secrets?.webhook_secret) && !signed(request, former_secrets?.webhook_secret)) {
    throw forged('the signature is wrong, missing or old');
  }
  let event;
  try {
    event = JSON.parse(request.body.toString('utf8'));
  } catch {
    throw forged('the body is not an event');
  }
  if (!STATUSES.includes(event?.payment?.status)) return { events: [] }; // not for us
  return { events: [{
    id: event.id, type: event.type, mode: `MODE_${event.mode.toUpperCase()}`, at: { seconds: event.at },
    payment_id: event.payment.id, payment_ref: event.payment.ref, payment: toResult(event.payment),
  }] };
}

module.exports = { parseWebhook };
