// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import io.marquetry.api.client.Template;
import io.marquetry.api.config.Keys;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the broker speaks MQTT. Immutable: a change is a new object, which connections and sessions see at their next
 * step.
 *
 * @param maxPacketBytes the longest packet taken, in bytes
 * @param maxClientIdLength the longest client identifier, in bytes
 * @param maxTopicLevels the most levels of a topic name or filter
 * @param maxQosAllowed the highest quality of service taken and granted
 * @param maxTopicAlias how many topic aliases a client may use; 0 is none
 * @param retainAvailable whether messages can be retained
 * @param wildcardSubscription whether filters may have wildcards
 * @param sharedSubscription whether filters may be shared
 * @param sharedSubscriptionStrategy how a shared group picks a member: random, round_robin, round_robin_per_group,
 *     sticky, local, hash_topic or hash_clientid
 * @param sharedSubscriptionGroups groups that pick in another way, {@code GROUP:STRATEGY} with a comma between two
 * @param sharedSubscriptionInitialStickyPick how a publisher gets the member that it keeps with sticky: random, local,
 *     hash_topic or hash_clientid
 * @param maxSubscriptions the most subscriptions of a session; 0 is no bound
 * @param sessionExpirySeconds how long a session of an older client without Clean Session lives on, in seconds
 * @param maxSessionExpirySeconds the longest session expiry granted to an MQTT 5 client, in seconds; 4294967295 is for
 *     ever
 * @param messageExpirySeconds the longest life of a message, in seconds; 0 is no bound
 * @param maxInflight how many QoS 1 and 2 messages are sent to a client before it acknowledges one
 * @param maxAwaitingRel how many QoS 1 and 2 messages a client may have under way to us; the Receive Maximum that MQTT
 *     5 clients are told
 * @param durability what an acknowledgement outlives; changed only at the next start
 * @param maxQueueLength how many messages a session's queue holds; 0 is no bound but maxQueueBytes, -1 is auto: 1000
 *     for sessions that end with the broker, no bound for durable ones
 * @param maxQueueBytes how many bytes a session's queue holds
 * @param queueFull dropOldest, or refuse: the publisher is told 0x97 and nobody gets the message
 * @param refuseHoldSeconds how long the acknowledgement of an older client is withheld with queueFull = refuse, in
 *     seconds, before its connection is closed
 * @param mqueueStoreQos0 whether QoS 0 messages are queued for a session that cannot take them now
 * @param mqueuePriorities topics whose messages leave a queue before others, {@code TOPIC=PRIORITY} with a comma
 *     between two; the greater number first, 1 to 255
 * @param mqueueDefaultPriority where topics without a priority of their own stand: lowest or highest
 * @param upgradeQos whether a message is delivered with the higher quality of service of message and subscription,
 *     instead of the lower one
 * @param ignoreLoopDeliver whether subscriptions of MQTT 3.1 and 3.1.1 clients are No Local: they do not get what they
 *     publish themselves
 * @param maxHeldBytes how many bytes of a client's messages wait for a hook, an authorizer or a PUBREL, before its
 *     socket is not read
 * @param maxOutputBytes how many bytes wait in a connection's socket buffers of ours, before messages wait in the queue
 * @param forceShutdownQueueLength how many messages a client may make the broker queue and have in flight, before its
 *     session is ended; 0 is no bound
 * @param forceShutdownBytes how many bytes a client may make the broker hold: queue, in flight, its own messages that
 *     wait, and output, before its session is ended; 0 is no bound
 * @param nodeHighWaterBytes above how many bytes of messages the node is busy: no new clients, no publishes; 0 is half
 *     of the heap
 * @param nodeLowWaterBytes below how many bytes the node is no longer busy; 0 is 80 % of nodeHighWaterBytes
 * @param serverKeepalive the keep alive that MQTT 5 clients are told to use, in seconds; 0 leaves them theirs
 * @param keepaliveMultiplier how many keep alive intervals may pass without a packet
 * @param idleTimeoutSeconds how long a new connection may take to send its CONNECT, in seconds
 * @param sendTimeoutSeconds how long a client may take no bytes while some wait for it, in seconds
 * @param authTimeoutSeconds how long an authenticator, authorizer or connect hook may take, in seconds
 * @param hookTimeoutSeconds how long a publish hook may take, in seconds
 * @param updateHoldSeconds how long clients and messages wait for an extension that is replaced, in seconds, before
 *     they are treated as if it had failed
 * @param requiredExtensions the names of extensions without which listeners do not open and nobody new is let in, with
 *     a comma between two
 * @param responseInformation what MQTT 5 clients are told when they ask for response information, with the placeholders
 *     of {@link Template}; empty is nothing
 * @param useUsernameAsClientid whether a client's user name, if it has one, takes the place of its client identifier
 * @param clientAttributes what of its names becomes an attribute of a client
 * @param strictMode whether reserved bits, UTF-8 and packet identifiers are checked
 * @param allowAnonymous whether clients need no credentials although an authenticator is there, or an address other
 *     than loopback is bound
 * @param noMatch allow, deny, or auto: deny once an authorizer was there
 * @param denyAction ignore, or disconnect a client that publishes or subscribes to what it may not
 * @param authorizationCache whether what was decided about a client is remembered
 * @param authorizationCacheSize how many decisions of each client are remembered
 * @param authorizationCacheTtlSeconds how long a decision may be remembered, and a subscription go on without its right
 *     being looked at, in seconds
 */
public record MqttSettings(
        int maxPacketBytes,
        int maxClientIdLength,
        int maxTopicLevels,
        int maxQosAllowed,
        int maxTopicAlias,
        boolean retainAvailable,
        boolean wildcardSubscription,
        boolean sharedSubscription,
        SharedStrategy sharedSubscriptionStrategy,
        Map<String, SharedStrategy> sharedSubscriptionGroups,
        SharedStrategy.StickyPick sharedSubscriptionInitialStickyPick,
        int maxSubscriptions,
        long sessionExpirySeconds,
        long maxSessionExpirySeconds,
        long messageExpirySeconds,
        int maxInflight,
        int maxAwaitingRel,
        Durability durability,
        int maxQueueLength,
        long maxQueueBytes,
        QueueFull queueFull,
        int refuseHoldSeconds,
        boolean mqueueStoreQos0,
        Map<String, Integer> mqueuePriorities,
        TopicPriority mqueueDefaultPriority,
        boolean upgradeQos,
        boolean ignoreLoopDeliver,
        int maxHeldBytes,
        int maxOutputBytes,
        int forceShutdownQueueLength,
        long forceShutdownBytes,
        long nodeHighWaterBytes,
        long nodeLowWaterBytes,
        int serverKeepalive,
        double keepaliveMultiplier,
        int idleTimeoutSeconds,
        int sendTimeoutSeconds,
        int authTimeoutSeconds,
        int hookTimeoutSeconds,
        int updateHoldSeconds,
        Set<String> requiredExtensions,
        String responseInformation,
        boolean useUsernameAsClientid,
        ClientAttributes clientAttributes,
        boolean strictMode,
        boolean allowAnonymous,
        NoMatch noMatch,
        DenyAction denyAction,
        boolean authorizationCache,
        int authorizationCacheSize,
        int authorizationCacheTtlSeconds) {
    /** The section in which users find these keys. */
    public static final String PID = "io.marquetry.core.mqtt";

    /** Auto. */
    private static final int UNSET = -1;

    private static final int QUEUE_LENGTH = 1000;

    /** Reads them; what is wrong is reported to {@code keys}. */
    public static MqttSettings read(Keys keys) {
        return new MqttSettings(
                keys.integer("maxPacketBytes", 1 << 20, 1024, 268_435_455),
                keys.integer("maxClientIdLength", 65_535, 23, 65_535),
                keys.integer("maxTopicLevels", 128, 1, 1024),
                keys.integer("maxQosAllowed", 2, 0, 2),
                keys.integer("maxTopicAlias", 65_535, 0, 65_535),
                keys.flag("retainAvailable", true),
                keys.flag("wildcardSubscription", true),
                keys.flag("sharedSubscription", true),
                keys.word("sharedSubscriptionStrategy", SharedStrategy.ROUND_ROBIN),
                SharedStrategy.byGroup(keys, "sharedSubscriptionGroups"),
                keys.word("sharedSubscriptionInitialStickyPick", SharedStrategy.StickyPick.RANDOM),
                keys.integer("maxSubscriptions", 0, 0, Integer.MAX_VALUE),
                keys.number("sessionExpirySeconds", 7200, 0, 4_294_967_295L),
                keys.number("maxSessionExpirySeconds", 4_294_967_295L, 0, 4_294_967_295L),
                keys.number("messageExpirySeconds", 0, 0, 4_294_967_295L),
                keys.integer("maxInflight", 32, 1, 65_535),
                keys.integer("maxAwaitingRel", 100, 1, 65_535),
                keys.word("durability", Durability.AUTO),
                queueLength(keys),
                keys.number("maxQueueBytes", 16L << 20, 1024, Long.MAX_VALUE),
                keys.word("queueFull", QueueFull.DROP_OLDEST),
                keys.integer("refuseHoldSeconds", 10, 0, 3600),
                keys.flag("mqueueStoreQos0", true),
                TopicPriority.byTopic(keys, "mqueuePriorities"),
                keys.word("mqueueDefaultPriority", TopicPriority.LOWEST),
                keys.flag("upgradeQos", false),
                keys.flag("ignoreLoopDeliver", false),
                keys.integer("maxHeldBytes", 1 << 20, 1024, 1 << 30),
                keys.integer("maxOutputBytes", 1 << 20, 4096, 1 << 30),
                keys.integer("forceShutdownQueueLength", 0, 0, Integer.MAX_VALUE),
                keys.number("forceShutdownBytes", 32L << 20, 0, Long.MAX_VALUE),
                keys.number("nodeHighWaterBytes", 0, 0, Long.MAX_VALUE),
                lowWater(keys),
                keys.integer("serverKeepalive", 0, 0, 65_535),
                keys.fraction("keepaliveMultiplier", 1.5, 1.0, 10.0),
                keys.integer("idleTimeoutSeconds", 15, 1, 3600),
                keys.integer("sendTimeoutSeconds", 15, 1, 3600),
                keys.integer("authTimeoutSeconds", 5, 1, 300),
                keys.integer("hookTimeoutSeconds", 5, 1, 300),
                keys.integer("updateHoldSeconds", 5, 0, 300),
                names(keys.string("requiredExtensions", "")),
                responseInformation(keys),
                keys.flag("useUsernameAsClientid", false),
                ClientAttributes.read(keys, "clientAttributes"),
                keys.flag("strictMode", true),
                keys.flag("allowAnonymous", false),
                keys.word("noMatch", NoMatch.AUTO),
                keys.word("denyAction", DenyAction.IGNORE),
                keys.flag("authorizationCache", true),
                keys.integer("authorizationCacheSize", 32, 1, 1_000_000),
                keys.integer("authorizationCacheTtlSeconds", 60, 1, 86_400));
    }

    /**
     * How many messages a session's queue holds; 0 is no bound.
     *
     * @param durable whether the session survives the broker: then bytes alone rule, unless somebody says otherwise
     */
    public int maxQueueLength(boolean durable) {
        return maxQueueLength != UNSET ? maxQueueLength : durable ? 0 : QUEUE_LENGTH;
    }

    private static int queueLength(Keys keys) {
        String text = keys.string("maxQueueLength", "auto");
        try {
            int length = text.equalsIgnoreCase("auto") ? UNSET : Integer.parseInt(text.replace("_", ""));
            if (length >= 0 || text.equalsIgnoreCase("auto")) {
                return length;
            }
        } catch (NumberFormatException e) {
            // falls through to the one sentence for everything that is neither
        }
        keys.problem("maxQueueLength", text, "auto, or a whole number from 0 to " + Integer.MAX_VALUE);
        return UNSET;
    }

    private static Set<String> names(String list) {
        return Arrays.stream(list.split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String responseInformation(Keys keys) {
        String text = keys.string("responseInformation", "");
        try {
            Template.parse(text);
            return text;
        } catch (IllegalArgumentException e) {
            keys.problem(
                    "responseInformation", text, String.valueOf(e.getMessage()).replaceFirst("^expected ", ""));
            return "";
        }
    }

    /** Whether decisions about clients may be others with these settings. */
    public boolean decidesAs(MqttSettings other) {
        return noMatch == other.noMatch
                && authorizationCache == other.authorizationCache
                && authorizationCacheTtlSeconds == other.authorizationCacheTtlSeconds;
    }

    private static long lowWater(Keys keys) {
        long low = keys.number("nodeLowWaterBytes", 0, 0, Long.MAX_VALUE);
        long high = keys.number("nodeHighWaterBytes", 0, 0, Long.MAX_VALUE);
        if (high > 0 && low > high) {
            keys.problem("nodeLowWaterBytes", "" + low, "at most nodeHighWaterBytes, which is " + high);
            return 0;
        }
        return low;
    }

    /** The settings of a broker that nobody configured. */
    public static MqttSettings defaults() {
        return read(new Keys(PID, Map.of()));
    }
}
