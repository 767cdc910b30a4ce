// SPDX-License-Identifier: Apache-2.0
// What a program that uses MQTT.js does with a broker: node scenarios.mjs PORT VERSION PREFIX, where VERSION is 4
// (3.1.1) or 5 and PREFIX is a topic level and a beginning of client identifiers that nobody else uses. Prints one line
// for each scenario and fails at the first that goes wrong.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import mqtt from 'mqtt';

const [port, version, prefix] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const topic = (rest) => `${prefix}/${rest}`;

const open = async (name, options = {}) => {
  const client = mqtt.connect({
    host: '127.0.0.1',
    port,
    protocolVersion: version,
    clientId: `${prefix}${name}`,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    ...options,
  });
  client.messages = [];
  client.on('message', (name, payload, packet) =>
    client.messages.push({ topic: name, payload, qos: packet.qos, retain: packet.retain }));
  client.sessionPresent = await new Promise((resolve, reject) => {
    client.once('connect', (connack) => resolve(connack.sessionPresent));
    client.once('error', reject);
  });
  return client;
};

/** Waits until there are so many messages; takes them. */
const take = async (client, count) => {
  const deadline = Date.now() + 10_000;
  while (client.messages.length < count) {
    assert.ok(Date.now() < deadline, `${client.messages.length} of ${count} messages within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return client.messages.splice(0, count);
};

const shown = (messages) => messages.map((m) => `${m.topic} ${m.qos} ${m.retain} ${m.payload}`);

const scenarios = {
  async publish() {
    for (const qos of [0, 1, 2]) {
      const [sub, pub] = [await open('sub'), await open('pub')];
      await sub.subscribeAsync(topic('order/+'), { qos });
      for (let i = 0; i < 50; i++) {
        pub.publish(topic('order/x'), `m${i}`, { qos });
      }
      await pub.publishAsync(topic('order/end'), 'end', { qos });
      const expected = Array.from({ length: 50 }, (_, i) => `${topic('order/x')} ${qos} false m${i}`);
      assert.deepEqual(shown(await take(sub, 51)), [...expected, `${topic('order/end')} ${qos} false end`]);
      await Promise.all([sub.endAsync(), pub.endAsync()]);
    }
  },

  async retained() {
    const pub = await open('pub');
    await pub.publishAsync(topic('kept'), 'value', { qos: 1, retain: true });
    const first = await open('first');
    await first.subscribeAsync(topic('kept'), { qos: 1 });
    assert.deepEqual(shown(await take(first, 1)), [`${topic('kept')} 1 true value`]);
    await pub.publishAsync(topic('kept'), '', { qos: 1, retain: true });
    const second = await open('second');
    await second.subscribeAsync(topic('kept'), { qos: 1 });
    await pub.publishAsync(topic('kept'), 'live', { qos: 1 });
    assert.deepEqual(shown(await take(second, 1)), [`${topic('kept')} 1 false live`]);
    await Promise.all([pub.endAsync(), first.endAsync(), second.endAsync()]);
  },

  async will() {
    const watcher = await open('watcher');
    await watcher.subscribeAsync(topic('will'), { qos: 1 });
    const unlucky = await open('unlucky', { will: { topic: topic('will'), payload: 'gone', qos: 1, retain: false } });
    unlucky.stream.destroy();
    assert.deepEqual(shown(await take(watcher, 1)), [`${topic('will')} 1 false gone`]);
    await watcher.endAsync();
  },

  async session() {
    const options = { clean: false, ...(version === 5 && { properties: { sessionExpiryInterval: 300 } }) };
    const first = await open('sleeper', options);
    assert.equal(first.sessionPresent, false);
    await first.subscribeAsync(topic('queue/+'), { qos: 2 });
    await first.endAsync();
    const pub = await open('pub');
    for (let i = 0; i < 20; i++) {
      await pub.publishAsync(topic(`queue/${i}`), `m${i}`, { qos: 1 + (i % 2) });
    }
    const again = await open('sleeper', options);
    assert.equal(again.sessionPresent, true);
    const expected = Array.from({ length: 20 }, (_, i) => `${topic(`queue/${i}`)} ${1 + (i % 2)} false m${i}`);
    assert.deepEqual(shown(await take(again, 20)).sort(), expected.sort());
    await again.endAsync();
    const clean = await open('sleeper', { clean: true });
    assert.equal(clean.sessionPresent, false);
    await Promise.all([pub.endAsync(), clean.endAsync()]);
  },

  async shared() {
    const members = [await open('one'), await open('two')];
    for (const member of members) {
      await member.subscribeAsync(`$share/${prefix}/${topic('work/#')}`, { qos: 1 });
    }
    const pub = await open('pub');
    for (let i = 0; i < 40; i++) {
      await pub.publishAsync(topic('work/x'), `m${i}`, { qos: 1 });
    }
    const deadline = Date.now() + 10_000;
    const total = () => members[0].messages.length + members[1].messages.length;
    while (total() < 40 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(members.every((member) => member.messages.length > 0), 'each member gets some');
    const payloads = members.flatMap((member) => member.messages.map((m) => `${m.payload}`));
    assert.deepEqual(payloads.sort(), Array.from({ length: 40 }, (_, i) => `m${i}`).sort());
    await Promise.all([...members, pub].map((client) => client.endAsync()));
  },

  async large() {
    const [sub, pub] = [await open('sub'), await open('pub')];
    await sub.subscribeAsync(topic('large'), { qos: 2 });
    for (const qos of [0, 1, 2]) {
      const payload = randomBytes(500 * 1024);
      await pub.publishAsync(topic('large'), payload, { qos });
      const [message] = await take(sub, 1);
      assert.equal(message.qos, qos);
      assert.ok(payload.equals(message.payload));
    }
    await Promise.all([sub.endAsync(), pub.endAsync()]);
  },
};

for (const [name, scenario] of Object.entries(scenarios)) {
  try {
    await scenario();
    console.log(`passed ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error.stack}`);
    process.exit(1);
  }
}
console.log('all passed');
