// Plays Node for the conformance kit: an HTTP API that keeps payments in memory. It has test cards like every real provider,
// and pages below /test that a real one would not have. Replace it by the provider's own sandbox where that can do the same.
'use strict';

const http = require('node:http');

const API_KEY = 'node_key_for_tests';
const payments = new Map();
let base = '';

class Wrong extends Error {}

const approve = (p) => {
  p.status = p.capture ? 'captured' : 'authorized';
  p.captured = p.capture ? p.amount : 0;
  p.final = p.capture;
  p.charges += 1;
  delete p.redirect_url;
};

function create(input) {
  const known = payments.get(input.id);
  if (known) return known; // the same payment once more
  if (!input.id || !(input.amount > 0) || input.currency?.length !== 3) throw new Wrong('id, amount and currency are required');
  const p = { ...input, ref: `ac_${input.id}`, captured: 0, refunded: 0, charges: 0, done: {}, refunds: {} };
  payments.set(p.id, p);
  if (p.card === '4242424242424242') approve(p);
  else if (p.card === '4000000000003220') Object.assign(p, { status: 'requires_action', redirect_url: `${base}/test/approve/${p.id}` });
  else Object.assign(p, { status: 'declined', code: 'card_declined', message: 'The card was declined.' });
  return p;
}

function capture(p, input) {
  if (!p) throw new Wrong('no such payment');
  if (p.done[input.id]) return p;
  if (!['authorized', 'captured'].includes(p.status)) throw new Wrong(`the payment is ${p.status}`);
  if (!(input.amount > 0) || input.currency !== p.currency || p.final || p.captured + input.amount > p.amount) throw new Wrong('more than was authorised');
  p.done[input.id] = true;
  return Object.assign(p, { status: 'captured', final: input.final, captured: p.captured + input.amount });
}

// giveUp also remembers payments that were never created, so that they never are.
function giveUp(p, id) {
  if (!p) payments.set(id, p = { id, ref: `ac_${id}`, status: 'voided', charges: 0, captured: 0, refunded: 0, refunds: {} });
  if (['authorized', 'requires_action'].includes(p.status)) p.status = 'voided';
  delete p.redirect_url;
  return p;
}

function refund(p, input) {
  if (!p) throw new Wrong('no such payment');
  if (p.refunds[input.id]) return p.refunds[input.id];
  if (!(input.amount > 0) || input.currency !== p.currency || p.refunded + input.amount > p.captured) throw new Wrong('more than was captured');
  p.refunded += input.amount;
  return (p.refunds[input.id] = { id: input.id, ref: `acr_${input.id}`, status: 'succeeded', amount: input.amount, currency: p.currency });
}

// play does what people do on the provider's pages.
function play(step, p, query, response) {
  if (step === 'books') return { charges: p?.charges ?? 0, captured: p?.captured ?? 0, refunded: p?.refunded ?? 0 };
  if (!p) throw new Wrong('no such payment');
  if (step === 'expire' && p.status === 'authorized') p.status = 'expired';
  if (step === 'refund') p.refunded = Math.min(p.captured, p.refunded + Number(query.get('amount')));
  if (step === 'approve' && p.status === 'requires_action') {
    approve(p);
    response.writeHead(303, { location: `${p.return_url}?payment=${p.id}` });
  }
  return p;
}

function route(request, response, input) {
  const { pathname, searchParams } = new URL(request.url, base);
  const [, top, id, what, sub] = pathname.split('/');
  if (top === 'test') return play(id, payments.get(what), searchParams, response);
  if (request.headers.authorization !== `Bearer ${API_KEY}`) return response.writeHead(401) && {};
  const p = payments.get(id);
  if (request.method === 'GET') return what === 'refunds' ? p?.refunds[sub] : p;
  const posts = { captures: () => capture(p, input), refunds: () => refund(p, input), void: () => giveUp(p, id) };
  return id ? posts[what]?.() : create(input);
}

const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const isJSON = request.headers['content-type'] === 'application/json';
    const out = route(request, response, isJSON ? JSON.parse(Buffer.concat(chunks)) : {});
    if (out === undefined) response.writeHead(404);
    response.end(JSON.stringify(out ?? null));
  } catch (err) {
    response.writeHead(err instanceof Wrong ? 400 : 500).end(String(err.message));
  }
});

server.listen(0, '127.0.0.1', () => {
  base = `http://127.0.0.1:${server.address().port}`;
  console.log(`READY url=${base}`);
});
