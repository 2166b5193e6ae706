// What a plugin of Halum Hut does around its provider: the handshake with the platform, mutual TLS, health, faults, and an
// end when the platform ends. The platform speaks the protocol of hashicorp/go-plugin, version 1, over gRPC.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');
const selfsigned = require('selfsigned');

// A plugin is small and idles most of the time: it collects its garbage early.
v8.setFlagsFromString('--max-semi-space-size=1');
v8.setFlagsFromString('--max-old-space-size=48');

const COOKIE = ['HALUM_PLUGIN', 'halum-hut-provider'];
const MAX_MESSAGE = 1 << 20;
const PROTO = path.join(__dirname, 'proto');

// The kinds of fault. All but PLUGIN promise that the call had no effect.
const STATUS = {
  KIND_INVALID: grpc.status.INVALID_ARGUMENT,
  KIND_MISCONFIGURED: grpc.status.FAILED_PRECONDITION,
  KIND_UNAVAILABLE: grpc.status.UNAVAILABLE,
  KIND_PLUGIN: grpc.status.INTERNAL,
  KIND_FORGED: grpc.status.UNAUTHENTICATED,
  KIND_UNSUPPORTED: grpc.status.UNIMPLEMENTED,
};

/** A refusal whose class reaches the platform. */
class Fault extends Error {
  constructor(kind, code, message, fields = []) {
    super(message);
    Object.assign(this, { kind, code, fields });
  }
}

/** The shopper's input in one field is wrong; nothing was done. */
const invalid = (field, message) => new Fault('KIND_INVALID', 'invalid_request', `${field}: ${message}`, [{ path: field, message }]);
/** The vendor's settings in one field are wrong; nothing was done. */
const misconfigured = (field, message) => new Fault('KIND_MISCONFIGURED', 'provider_misconfigured', `${field}: ${message}`, [{ path: field, message }]);
/** The provider is away and certainly did nothing. */
const unavailable = (message) => new Fault('KIND_UNAVAILABLE', 'provider_unavailable', message);
/** A webhook does not come from the provider. */
const forged = (message) => new Fault('KIND_FORGED', 'webhook_forged', message);

/** Writes a line to the platform's log. Never give it a secret or a shopper's input. */
function log(level, message, fields = {}) {
  process.stderr.write(JSON.stringify({ '@level': level, '@message': message, '@timestamp': new Date().toISOString(), ...fields }) + '\n');
}

/** Reads the vendor's settings. */
function configOf(account) {
  try {
    const config = JSON.parse(account?.config?.length ? account.config.toString('utf8') : '{}');
    if (config !== null && typeof config === 'object' && !Array.isArray(config)) return config;
  } catch { /* told below */ }
  throw misconfigured('config', 'is not a JSON object');
}

// A gRPC error carries the fault in its details, as google.rpc.Status.
const rpc = protobuf.parse(`syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }`).root;
const RpcStatus = rpc.lookupType('Status');
const contract = new protobuf.Root();
contract.resolvePath = (_, target) => (target.startsWith('google/') ? target : path.join(PROTO, path.relative(PROTO, path.resolve(PROTO, target))));
const FaultMessage = contract.loadSync('border/v1/border.proto').lookupType('halum.border.v1.Fault');

function toStatus(err) {
  const fault = err instanceof Fault ? err : new Fault('KIND_PLUGIN', 'plugin_error', String(err?.message ?? err));
  const value = FaultMessage.encode(FaultMessage.fromObject({ kind: fault.kind, code: fault.code, message: fault.message, fields: fault.fields })).finish();
  const code = STATUS[fault.kind];
  const details = `${fault.code}: ${fault.message}`;
  const metadata = new grpc.Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(RpcStatus.encode(RpcStatus.fromObject({
    code, message: details, details: [{ typeUrl: 'type.googleapis.com/halum.border.v1.Fault', value }],
  })).finish()));
  return { code, details, metadata };
}

// unary runs one handler. It gets the request and a signal that fires when the platform waits no longer.
function unary(name, handler) {
  return (call, callback) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    const run = async () => {
      if (!handler) throw new Fault('KIND_UNSUPPORTED', 'not_supported', `this plugin does not offer ${name}`);
      return handler(call.request, { signal: abort.signal });
    };
    run().then((reply) => callback(null, reply), (err) => callback(toStatus(err)));
  };
}

// What go-plugin asks of every plugin besides its own service: two calls with constant answers.
const constant = (method, bytes) => ({
  path: method, requestStream: false, responseStream: false,
  requestSerialize: (b) => b, requestDeserialize: (b) => b, responseSerialize: () => Buffer.from(bytes), responseDeserialize: (b) => b,
});

function addHousekeeping(server) {
  server.addService({ Check: constant('/grpc.health.v1.Health/Check', [0x08, 0x01]) }, { Check: (_, callback) => callback(null, {}) });
  server.addService({ Shutdown: constant('/plugin.GRPCController/Shutdown', []) }, {
    Shutdown: (_, callback) => {
      callback(null, {});
      setTimeout(() => process.exit(0), 20);
    },
  });
}

function endWithParent() {
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.exit(0); }, 1000).unref();
}

/** Serves a payment provider until the platform ends it. Methods are named as in payment.proto, in camel case. */
async function servePayment(provider) {
  if (process.env[COOKIE[0]] !== COOKIE[1]) {
    process.stderr.write('This is a plugin of Halum Hut: the platform starts it. Try it with: halum plugin verify .\n');
    process.exit(1);
  }
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal; the platform ends its plugins in order
  endWithParent();
  const loaded = grpc.loadPackageDefinition(loader.loadSync('payment/v1/payment.proto', {
    includeDirs: [PROTO], keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true,
  }));
  const server = new grpc.Server({ 'grpc.max_receive_message_length': MAX_MESSAGE, 'grpc.max_send_message_length': MAX_MESSAGE });
  const { service } = loaded.halum.payment.v1.PaymentPlugin;
  const handlers = {};
  for (const name of Object.keys(service)) {
    const method = name[0].toLowerCase() + name.slice(1);
    handlers[name] = unary(name, provider[method]?.bind(provider));
  }
  server.addService(service, handlers);
  addHousekeeping(server);
  await listen(server);
}

// listen opens a socket in the folder that the platform made, lets only the platform in, and tells it where.
async function listen(server) {
  const own = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec', algorithm: 'sha256', extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  const credentials = grpc.ServerCredentials.createSsl(
    Buffer.from(process.env.PLUGIN_CLIENT_CERT ?? ''), [{ private_key: Buffer.from(own.private), cert_chain: Buffer.from(own.cert) }], true);
  const socket = path.join(process.env.PLUGIN_UNIX_SOCKET_DIR, `plugin-${process.pid}`);
  await new Promise((done, failed) => {
    server.bindAsync(`unix:${socket}`, credentials, (err) => (err ? failed(err) : done()));
  });
  fs.chmodSync(socket, 0o600);
  const der = own.cert.replace(/-----[^-]+-----|\s/g, '').replace(/=+$/, ''); // base64 without padding
  process.stdout.write(`1|1|unix|${socket}|grpc|${der}\n`);
}

module.exports = { servePayment, configOf, log, Fault, invalid, misconfigured, unavailable, forged };
