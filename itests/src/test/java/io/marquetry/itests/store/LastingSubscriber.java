// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import io.marquetry.itests.support.Outgoing;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Received;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrel;
import io.marquetry.itests.support.Received.Suback;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Subscribes to everything that {@link LastingPublisher}s send, and notes what comes. It remembers the QoS 2 packet
 * identifiers that were not released, also while it is not connected, so that it is the broker's fault when a message
 * comes twice [MQTT-4.3.3-10]. It acknowledges in order, and sometimes late.
 */
final class LastingSubscriber extends LastingClient {
    private final int qos;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();
    /** QoS 2 packet identifiers that were not released, with what came under them. */
    private final Map<Integer, String> unreleased = new HashMap<>();

    private final Deque<Outgoing<?>> answers = new ArrayDeque<>();
    private volatile boolean subscribed;

    LastingSubscriber(String name, Version version, int qos, int port, Conservation ledger) {
        super(name, version, port, ledger);
        this.qos = qos;
    }

    /** Whether its SUBACK has come. */
    boolean isSubscribed() {
        return subscribed;
    }

    /** Whether it has subscribed to this. */
    boolean wants(String topic) {
        return topic.startsWith("load/");
    }

    Seen seen(String topic) {
        return seen.computeIfAbsent(
                topic,
                name -> new Seen(qos == 2 && ledger().find(name).orElseThrow().qos() == 2));
    }

    /** How many messages it has seen, each counted once. */
    long count() {
        return seen.values().stream()
                .mapToLong(topic -> topic.numbers().cardinality())
                .sum();
    }

    @Override
    void connected(boolean sessionPresent) throws IOException {
        answers.clear();
        if (!sessionPresent) {
            unreleased.clear();
        }
        if (!subscribed) {
            send(Packets.subscribe(1).to("load/#", qos));
            flush();
        }
    }

    @Override
    void turn() throws IOException {
        handle(read());
        // What it does not answer now it will when there is nothing more to read.
        boolean idle = !hasMore();
        while (!answers.isEmpty() && (idle || random().nextInt(8) > 0)) {
            send(answers.remove());
        }
        flush();
    }

    private void handle(Received packet) {
        if (packet instanceof Publish publish) {
            published(publish);
        } else if (packet instanceof Pubrel release) {
            unreleased.remove(release.id());
            answers.add(Packets.pubcomp(release.id()));
        } else if (packet instanceof Suback suback) {
            if (suback.codes().get(0) == qos) {
                subscribed = true;
            } else {
                problem("came " + suback);
            }
        } else if (!(packet instanceof Received.Disconnect)) {
            problem("came " + packet);
        }
    }

    private void published(Publish publish) {
        String what = publish.topic() + " " + Payload.number(publish.payload()).orElse(-1);
        if (publish.qos() == 1) {
            answers.add(Packets.puback(publish.id()));
            seen(publish);
        } else if (publish.qos() == 2) {
            answers.add(Packets.pubrec(publish.id()));
            String before = unreleased.putIfAbsent(publish.id(), what);
            if (before == null) {
                seen(publish);
            } else if (!before.equals(what)) {
                problem(what + " came under the packet identifier of " + before + ", which was not released");
            } else if (!publish.dup()) {
                problem(what + " came again without DUP"); // [MQTT-3.3.1-1]
            }
        } else {
            problem("came " + publish);
        }
    }

    private void seen(Publish publish) {
        String topic = publish.topic();
        int number = Payload.number(publish.payload()).orElse(0);
        if (!ledger().find(topic).map(sent -> sent.mayArrive(number)).orElse(false)) {
            problem("came what nobody has sent, or what was refused: " + publish);
            return;
        }
        seen(topic).received(number).ifPresent(problem -> problem(topic + ": " + problem));
    }
}
