// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.PublishPacket;
import io.marquetry.itests.support.Received;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Pubcomp;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Publishes numbered messages with QoS 1 and 2, each quality of service on a topic of its own, and QoS 1 messages that
 * are retained on a third one. What was not acknowledged it sends again after each CONNACK, in the order of the first
 * time [MQTT-4.4.0-1] [MQTT-4.6.0-1].
 */
final class LastingPublisher extends LastingClient {
    private static final int PACKET_IDENTIFIER_NOT_FOUND = 0x92;
    private static final int WINDOW = 16;
    private static final int MOST_PAUSE_NANOS = 8_000_000;

    /** A message under way. */
    private static final class Message {
        final String topic;
        final Sent sent;
        final boolean retain;
        final int number;
        final int length;
        boolean released;

        Message(String topic, Sent sent, boolean retain, int number, int length) {
            this.topic = topic;
            this.sent = sent;
            this.retain = retain;
            this.number = number;
            this.length = length;
        }

        PublishPacket packet(int id) {
            PublishPacket packet = Packets.publish(topic, Payload.of(number, length))
                    .qos(sent.qos())
                    .id(id);
            return retain ? packet.retain() : packet;
        }
    }

    private final String[] topics;
    private final Sent[] sent;
    /** By packet identifier, in the order in which they were sent first. */
    private final Map<Integer, Message> underWay = new LinkedHashMap<>();

    private volatile boolean publishing;
    private volatile boolean settled = true;
    private volatile int pauseNanos = MOST_PAUSE_NANOS;
    private volatile int largest = 400;
    private int lastId;

    LastingPublisher(String name, Version version, int port, Conservation ledger) {
        super(name, version, port, ledger);
        topics = new String[] {"load/" + name + "/1", "load/" + name + "/2", "kept/" + name};
        sent = new Sent[] {ledger.topic(topics[0], 1), ledger.topic(topics[1], 2), ledger.topic(topics[2], 1)};
    }

    /** Whether new messages are published; those under way are brought to their end in any case. */
    void publishing(boolean value) {
        publishing = value;
    }

    /** The longest pause before a new message; 0 is as fast as the window allows. */
    void pause(int nanos) {
        pauseNanos = nanos;
    }

    /** The largest of the usual payloads. */
    void largest(int bytes) {
        largest = bytes;
    }

    /** Whether nothing is under way; of worth when it does not publish. */
    boolean isSettled() {
        return settled;
    }

    /** The topic on which it retains, and what it has sent there. */
    String keptTopic() {
        return topics[2];
    }

    @Override
    void connected(boolean sessionPresent) throws IOException {
        underWay.forEach((id, message) ->
                send(message.released ? Packets.pubrel(id) : message.packet(id).dup()));
        flush();
    }

    @Override
    void turn() throws IOException {
        if (publishing && underWay.size() < WINDOW) {
            publish();
        } else if (underWay.isEmpty()) {
            settled = !publishing;
            LockSupport.parkNanos(1_000_000);
            return;
        } else {
            handle(read());
        }
        while (hasMore()) {
            handle(read());
        }
        flush();
    }

    private void publish() {
        settled = false;
        if (pauseNanos > 0) {
            LockSupport.parkNanos(random().nextInt(pauseNanos));
        }
        int which = random().nextInt(20) == 0 ? 2 : random().nextInt(2);
        int length = random().nextInt(50) == 0 ? 20 * largest : random().nextInt(largest);
        Message message = new Message(topics[which], sent[which], which == 2, sent[which].next(), length);
        do {
            lastId = lastId % 0xFFFF + 1;
        } while (underWay.containsKey(lastId));
        underWay.put(lastId, message);
        send(message.packet(lastId));
    }

    private void handle(Received packet) {
        if (packet instanceof Puback ack) {
            Message message = first(ack.id(), 1, "PUBACK");
            if (message != null) {
                answered(message, ack.code());
                underWay.remove(ack.id());
            }
        } else if (packet instanceof Pubrec ack) {
            Message message = first(ack.id(), 2, "PUBREC");
            if (message != null) {
                answered(message, ack.code());
                if (ack.code() >= 0x80) {
                    underWay.remove(ack.id());
                } else {
                    message.released = true;
                    send(Packets.pubrel(ack.id()));
                }
            }
        } else if (packet instanceof Pubcomp ack) {
            Message message = underWay.remove(ack.id());
            if (message == null || !message.released) {
                problem("PUBCOMP " + ack.id() + " came without a PUBREL");
            } else if (ack.code() != 0 && ack.code() != PACKET_IDENTIFIER_NOT_FOUND) {
                problem("PUBCOMP came with " + ack.code());
            }
        } else if (!(packet instanceof Received.Disconnect)) {
            problem("came " + packet);
        }
        settled = underWay.isEmpty() && !publishing;
    }

    private static void answered(Message message, int code) {
        if (code >= 0x80) {
            message.sent.refused(message.number);
        } else {
            message.sent.acknowledged(message.number);
        }
    }

    /** What is answered has to be the oldest of its kind [MQTT-4.6.0-2] [MQTT-4.6.0-3]. */
    private @org.jspecify.annotations.Nullable Message first(int id, int qos, String packet) {
        Iterator<Map.Entry<Integer, Message>> all = underWay.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<Integer, Message> entry = all.next();
            Message message = entry.getValue();
            if (message.sent.qos() == qos && !message.released) {
                if (entry.getKey() == id) {
                    return message;
                }
                break;
            }
        }
        problem(packet + " " + id + " came out of order, or for nothing");
        return underWay.get(id);
    }
}
