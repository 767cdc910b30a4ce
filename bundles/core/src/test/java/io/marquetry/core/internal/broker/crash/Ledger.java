// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.core.internal.broker.crash.Incarnation.Arrival;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What all clients remember together, and the judgement: it knows nothing of the broker, only what was sent to it, what
 * it has promised, and what came out.
 */
final class Ledger {
    private final Map<String, Sent> sent = new LinkedHashMap<>();
    private final Map<String, List<Sent>> retained = new LinkedHashMap<>();
    private final List<Incarnation> incarnations = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> story = new ArrayList<>();
    /** Whether a member has ever left a shared group: then a message may be handed on. */
    private boolean membersLeft;

    private long now;

    /** The next moment. */
    long tick(String what) {
        now++;
        story.add(now + " " + what);
        return now;
    }

    List<String> story() {
        return story;
    }

    Sent send(String publisher, String topic, int qos, boolean retain, boolean clears) {
        int number = numbers.merge(publisher, 1, Integer::sum);
        Sent message = new Sent(
                publisher,
                number,
                topic,
                qos,
                retain,
                clears,
                tick(publisher + " sends " + (clears ? "a clear, " : "") + number + " on " + topic + " QoS " + qos));
        if (retain) {
            retained.computeIfAbsent(topic, t -> new ArrayList<>()).add(message);
        }
        if (!clears) {
            sent.put(message.payload(), message);
        }
        return message;
    }

    Incarnation begin(String clientId, List<Interest> interests) {
        Incarnation fresh = new Incarnation(clientId, interests);
        incarnations.add(fresh);
        return fresh;
    }

    void crashed() {
        tick("crash");
    }

    void memberLeft() {
        membersLeft = true;
    }

    void arrived(Incarnation at, String payload, boolean isRetained, String how) {
        long moment = tick(at.clientId + " gets " + how + (isRetained ? " retained " : " ") + brief(payload));
        if (payload.isEmpty()) {
            return; // a clear that somebody subscribes to
        }
        Sent message = sent.get(payload);
        assertThat(message)
                .as("%s got what nobody has sent: %s", at.clientId, payload)
                .isNotNull();
        assertThat(message.premature)
                .as("a will of a connection that lives: %s", message)
                .isFalse();
        at.arrivals.add(new Arrival(message, moment, isRetained));
    }

    private static String brief(String payload) {
        return payload.substring(0, Math.min(40, payload.length()));
    }

    // --- the judgement, when everything has come to rest ---

    void judge() {
        for (Incarnation session : incarnations) {
            Map<Sent, Integer> came = session.live();
            for (Sent message : sent.values()) {
                if (!message.topic.startsWith("s/")) {
                    judge(session, message, came.getOrDefault(message, 0));
                }
            }
            order(session);
        }
        sent.values().stream().filter(m -> m.topic.startsWith("s/")).forEach(this::judgeShared);
    }

    private void judge(Incarnation session, Sent message, int came) {
        List<Interest> matching = matching(session, message);
        boolean promised = message.isAcknowledged()
                && message.qos > 0
                && !session.disowned
                && matching.stream()
                        .anyMatch(i -> i.qos > 0 && i.promised.covers(message.firstSent, message.acknowledged));
        if (promised) {
            assertThat(came)
                    .as("acknowledged, and lost for %s: %s", session.clientId, message)
                    .isPositive();
        }
        boolean once = message.qos == 2 && !(message.isWill() && message.inTrouble);
        if (once && matching.stream().allMatch(i -> i.qos == 2)) {
            assertThat(came)
                    .as("exactly once for %s: %s", session.clientId, message)
                    .isLessThanOrEqualTo(1);
        }
        if (came > 0) {
            assertThat(matching.stream().anyMatch(i -> i.possible.touches(message.begun, message.finished)))
                    .as("%s had no subscription for %s", session.clientId, message)
                    .isTrue();
        }
    }

    private void judgeShared(Sent message) {
        int came = 0;
        boolean promised = false;
        // A QoS 2 message that was sent stays with its member, and ends with it [MQTT-4.8.2-5].
        // Others are handed on: the next queue may be full.
        boolean handedOn = !membersLeft || (message.qos == 1 && !message.inTrouble);
        boolean exactly = message.qos == 2 && !(membersLeft && message.inTrouble);
        boolean atLeastOnce = true;
        for (Incarnation session : incarnations) {
            came += session.live().getOrDefault(message, 0);
            for (Interest member : matching(session, message)) {
                // A member of QoS 0 may be chosen, and lose it.
                atLeastOnce &= member.qos > 0 || !member.possible.touches(0, Window.NEVER);
                promised |= !session.disowned && member.promised.holdsSince(message.firstSent);
                exactly &= member.qos == 2;
            }
        }
        if (promised && handedOn && atLeastOnce && message.qos > 0 && message.isAcknowledged()) {
            assertThat(came)
                    .as("acknowledged, and lost for the group: %s", message)
                    .isPositive();
        }
        if (exactly) {
            assertThat(came).as("exactly once for the group: %s", message).isLessThanOrEqualTo(1);
        }
    }

    private static List<Interest> matching(Incarnation session, Sent message) {
        return session.interests.stream().filter(i -> i.matches(message.topic)).toList();
    }

    /**
     * First sights of one stream are in the order of its publisher. What the publisher has sent again may stand behind
     * what it has sent since with another quality of service: the protocol orders only those of one [MQTT-4.6.0-6].
     */
    private static void order(Incarnation session) {
        Set<Sent> sights = new HashSet<>();
        Map<String, Sent> last = new HashMap<>();
        for (Arrival arrival : session.arrivals) {
            Sent message = arrival.message();
            boolean counts = !arrival.retained()
                    && message.qos > 0
                    && !message.topic.startsWith("s/")
                    && !message.isWill()
                    && matching(session, message).stream().allMatch(i -> i.qos > 0);
            if (!counts || !sights.add(message)) {
                continue;
            }
            List<String> streams = new ArrayList<>(2);
            streams.add(message.stream() + " QoS " + message.qos);
            if (!message.repeated) {
                streams.add(message.stream());
            } else if (message.inTrouble
                    || matching(session, message).stream()
                            .noneMatch(i -> i.promised.covers(
                                    message.firstSent, Math.min(message.acknowledged, arrival.at())))) {
                continue; // it was refused at first, or the subscription came, or was away, between the two
            }
            for (String stream : streams) {
                Sent before = last.put(stream, message);
                assertThat(before == null || before.number < message.number)
                        .as("order for %s: %s came behind %s", session.clientId, message, before)
                        .isTrue();
            }
        }
    }

    /**
     * What a new subscription has found of what is retained, at a moment when the broker has nothing left to do.
     *
     * @param found payloads by topic
     */
    void judgeRetained(Map<String, String> found, long asked) {
        tick("retained: " + found);
        retained.forEach((topic, history) -> {
            if (history.stream().anyMatch(m -> m.inTrouble && m.repeated)) {
                return;
            }
            int from = -1;
            for (int i = 0; i < history.size(); i++) {
                from = history.get(i).acknowledged < asked ? i : from;
            }
            String value = found.getOrDefault(topic, "");
            Collection<Sent> allowed = history.subList(Math.max(0, from), history.size());
            boolean isAllowed = (from < 0 && value.isEmpty())
                    || allowed.stream().anyMatch(m -> m.payload().equals(value));
            assertThat(isAllowed)
                    .as("retained on %s is \"%s\"; it may be what came of %s", topic, value, allowed)
                    .isTrue();
        });
        assertThat(retained.keySet()).containsAll(found.keySet());
    }
}
