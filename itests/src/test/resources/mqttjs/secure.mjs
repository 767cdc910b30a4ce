// SPDX-License-Identifier: Apache-2.0
// MQTT.js by TLS, WebSocket or both: node secure.mjs URL CA-FILE VERSION. Publishes messages of many sizes, several of
// them at once, and expects all of them back in order.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';

const [url, ca, version] = [process.argv[2], readFileSync(process.argv[3]), Number(process.argv[4])];
const client = await mqtt.connectAsync(url, { ca, protocolVersion: version, reconnectPeriod: 0 });
const sizes = [0, 1, 100, 125, 126, 127, 4095, 4096, 16384, 65535, 65536, 300000];
const expected = [...sizes, ...sizes, ...sizes];
const received = [];
const done = new Promise((resolve, reject) => {
  client.on('error', reject);
  client.on('message', (topic, payload) => {
    assert.ok(payload.every((byte, i) => byte === i % 251), `payload of ${payload.length} bytes`);
    received.push(payload.length);
    if (received.length === expected.length) {
      resolve();
    }
  });
});
await client.subscribeAsync('sizes', { qos: 2 });
const message = (size) => Buffer.from(Uint8Array.from({ length: size }, (_, i) => i % 251));
await Promise.all(expected.map((size) => client.publishAsync('sizes', message(size), { qos: 1 })));
await done;
assert.deepEqual(received, expected);
await client.endAsync();
console.log('all passed');
