// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.ProtocolException;
import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.netty.util.collection.IntObjectHashMap;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The topics to which one client publishes: by name or alias, checked, with the mountpoint in front. A few that come
 * again are kept, and with them who gets their messages.
 */
final class IncomingTopics {
    /** Topics of a connection whose match is kept. */
    private static final int KEPT = 4;

    private final Connection connection;
    private final BrokerContext context;
    private final BrokerContext.Reader reader;
    private final Counters counters;
    private final byte[] mountpoint;
    private final @Nullable KnownTopic[] kept = new KnownTopic[KEPT];
    private int nextKept;
    private int lastUnknownHash;
    private @Nullable IntObjectHashMap<KnownTopic> aliases;

    // The topic of the message at hand.
    private @Nullable KnownTopic known;
    private byte[] name = {};
    private int length;

    IncomingTopics(Connection connection, Mountpoint mountpoint) {
        this.connection = connection;
        this.context = connection.context();
        this.reader = context.reader(connection.home());
        this.counters = connection.counters();
        this.mountpoint = mountpoint.bytes();
    }

    /** The topic that was found, or null when it is not one of those that are kept. */
    @Nullable
    KnownTopic known() {
        return known;
    }

    /** The bytes of its name, {@link #length} of them; another topic may overwrite them. */
    byte[] name() {
        return name;
    }

    int length() {
        return length;
    }

    String text() {
        return known != null ? known.text() : new String(name, 0, length, StandardCharsets.UTF_8);
    }

    /** Finds the topic of a message; false when it has none that is allowed, and the connection is closed then. */
    boolean resolve(PublishView view) {
        int alias = view.topicAlias();
        if (alias == 0) {
            if (view.topicLength() == 0) {
                return refuse(
                        view.isV5() ? ReasonCode.PROTOCOL_ERROR : ReasonCode.TOPIC_NAME_INVALID,
                        "expected a topic name"); // [MQTT-4.7.3-1]
            }
            return lookUp(view);
        }
        if (alias > context.settings().maxTopicAlias()) { // [MQTT-3.3.2-9]
            return refuse(
                    ReasonCode.TOPIC_ALIAS_INVALID,
                    "topic alias " + alias + " is above " + context.settings().maxTopicAlias());
        }
        if (aliases == null) {
            aliases = new IntObjectHashMap<>(4);
        }
        if (view.topicLength() == 0) {
            KnownTopic named = aliases.get(alias);
            if (named == null) {
                return refuse(ReasonCode.PROTOCOL_ERROR, "topic alias " + alias + " stands for no topic yet");
            }
            use(named);
            return true;
        }
        if (!lookUp(view)) {
            return false;
        }
        KnownTopic named = known != null ? known : learn();
        aliases.put(alias, named);
        use(named);
        return true;
    }

    private boolean lookUp(PublishView view) {
        int start = view.topicStart();
        int own = view.topicLength();
        for (KnownTopic candidate : kept) {
            if (candidate == null) {
                break;
            }
            if (candidate.is(view.buffer(), start, own)) {
                use(candidate);
                return true;
            }
        }
        try {
            view.checkTopic(context.settings().strictMode());
        } catch (ProtocolException e) {
            return refuse(e.reason(), e.getMessage());
        }
        int mounted = mountpoint.length;
        known = null;
        length = mounted + own;
        if (length > Mountpoint.MOST_BYTES) {
            return refuse(ReasonCode.TOPIC_NAME_INVALID, "the topic name is too long with its mountpoint");
        }
        name = reader.topic(length);
        System.arraycopy(mountpoint, 0, name, 0, mounted);
        view.buffer().getBytes(start, name, mounted, own);
        return checkLevels();
    }

    private KnownTopic learn() {
        return new KnownTopic(Arrays.copyOf(name, length), mountpoint.length);
    }

    /**
     * Counts levels, and remembers a topic that comes twice in a row: one that never comes again is not worth a place.
     */
    private boolean checkLevels() {
        int levels = 1;
        int hash = 1;
        for (int i = 0; i < length; i++) {
            byte b = name[i];
            hash = 31 * hash + b;
            if (b == '/') {
                levels++;
            }
        }
        if (levels > context.settings().maxTopicLevels()) {
            return refuse(
                    ReasonCode.TOPIC_NAME_INVALID,
                    "the topic name has " + levels + " levels, at most "
                            + context.settings().maxTopicLevels() + " are taken");
        }
        if (hash == lastUnknownHash) {
            KnownTopic learnt = learn();
            kept[nextKept] = learnt;
            nextKept = (nextKept + 1) % KEPT;
            use(learnt);
        }
        lastUnknownHash = hash;
        return true;
    }

    private void use(KnownTopic found) {
        known = found;
        name = found.name;
        length = found.name.length;
    }

    private boolean refuse(ReasonCode reason, String detail) {
        counters.add(Metric.FATE_REFUSED_TOPIC_INVALID);
        counters.add(Metric.PACKETS_PUBLISH_ERROR);
        connection.fail(reason, detail);
        return false;
    }
}
