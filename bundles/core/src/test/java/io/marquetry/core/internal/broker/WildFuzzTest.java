// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.auth.Decision;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Clients that keep to no rule at all, beside some that do: packets in any order, packets cut, changed and made up,
 * sockets that stall and break, settings and extensions that change meanwhile. Whatever happens: no fault reaches a
 * loop, what we send is well formed, the accounting balances, and nothing is left when all have gone.
 */
class WildFuzzTest extends BrokerTest {
    private static final int CONNECTIONS = 8;
    private static final int STEPS = 300;
    private static final String[] KEYS = {
        "queueFull=refuse",
        "queueFull=drop_oldest",
        "maxQueueLength=3",
        "maxAwaitingRel=2",
        "maxHeldBytes=1024",
        "denyAction=disconnect",
        "maxInflight=1",
        "maxQosAllowed=1",
        "retainAvailable=false",
        "refuseHoldSeconds=1",
        "mqueueStoreQos0=false",
        "maxQueueBytes=1024",
        "maxTopicAlias=1",
        "sharedSubscriptionStrategy=random",
        "sharedSubscriptionStrategy=round_robin_per_group",
        "sharedSubscriptionStrategy=sticky",
        "sharedSubscriptionStrategy=hash_topic",
        "sharedSubscriptionGroups=g:sticky, h:hash_clientid, $queue:local",
        "sharedSubscriptionInitialStickyPick=hash_clientid",
        "mqueuePriorities=a=5, a/b=2",
        "mqueuePriorities=b=255",
        "mqueueDefaultPriority=highest",
        "upgradeQos=true",
        "ignoreLoopDeliver=true",
        "maxSubscriptions=2",
        "sendTimeoutSeconds=1",
        "maxOutputBytes=4096",
        "messageExpirySeconds=1",
        "sessionExpirySeconds=5",
        "maxPacketBytes=1024",
        "serverKeepalive=1"
    };

    @Test
    void givenClientsThatKeepToNoRule_whenAnythingHappens_thenTheBrokerStaysWhole() {
        Fuzz.play(random -> {
            play(random);
            nothingIsLeft();
        });
    }

    private void play(Random random) {
        TestBroker broker = startShuffled(1 + random.nextInt(3), random, someKeys(random));
        List<CompletableFuture<Verdict>> verdicts = new ArrayList<>();
        List<CompletableFuture<Decision>> decisions = new ArrayList<>();
        if (random.nextInt(4) == 0) {
            addHook(broker, random, verdicts);
        }
        if (random.nextInt(4) == 0) {
            addAuthorizer(broker, random, decisions);
        }
        WildPackets packets = new WildPackets(random);
        List<TestClient> clients = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            while (clients.size() < CONNECTIONS) {
                TestClient fresh = broker.connection(
                        ProtocolVersion.values()[random.nextInt(3)],
                        random.nextInt(broker.loops().loops().size()));
                clients.add(fresh);
                packets.begin(fresh);
            }
            step(broker, clients, packets, random);
            if (!verdicts.isEmpty() && random.nextBoolean()) {
                verdicts.remove(random.nextInt(verdicts.size())).complete(packets.verdict());
            }
            if (!decisions.isEmpty() && random.nextBoolean()) {
                decisions
                        .remove(random.nextInt(decisions.size()))
                        .complete(random.nextInt(3) == 0 ? Decision.DENY : Decision.ALLOW);
            }
        }
        // Nobody is asked about the wills that follow: a publish that waits for an answer has no fate yet.
        broker.hooks()
                .publishHooks()
                .members()
                .forEach(m -> broker.hooks().publishHooks().remove(m.service()));
        broker.hooks()
                .authorizers()
                .members()
                .forEach(m -> broker.hooks().authorizers().remove(m.service()));
        verdicts.forEach(answer -> answer.complete(Verdict.PASS));
        decisions.forEach(answer -> answer.complete(Decision.ALLOW));
    }

    private static void step(TestBroker broker, List<TestClient> clients, WildPackets packets, Random random) {
        TestClient client = clients.get(random.nextInt(clients.size()));
        switch (random.nextInt(24)) {
            case 0 -> broker.settle();
            case 1 -> broker.advance(random.nextInt(10) == 0 ? 20_000 : random.nextInt(1_500));
            case 2 -> broker.loops().oversleep(random.nextInt(3_000));
            case 3 -> client.wire().stall();
            case 4 -> client.wire().unstall();
            case 5 -> client.wire().takeSome(random.nextInt(2_000));
            case 6 -> {
                client.wire().breakOff(random.nextBoolean() ? null : new java.io.IOException("reset"));
                clients.remove(client);
            }
            case 7 -> packets.sendGarbage(client);
            case 8 -> {
                if (random.nextInt(5) == 0) {
                    broker.reconfigure(someKeys(random));
                }
            }
            case 9 -> {
                if (random.nextInt(5) == 0) {
                    broker.broker()
                            .clients()
                            .kick(WildPackets.CLIENT_IDS[random.nextInt(WildPackets.CLIENT_IDS.length)]);
                } else if (random.nextInt(20) == 0) {
                    broker.broker().endConnections("tcp:default");
                } else if (random.nextInt(4) == 0) {
                    broker.broker().sweep();
                }
            }
            case 10, 11, 12 -> broker.loops().step(1 + random.nextInt(10));
            default -> packets.send(client);
        }
        if (random.nextInt(3) == 0) {
            packets.answer(client); // reads with a strict decoder: what we send is checked
        }
        if (client.isClosed()) {
            client.peekNew();
            clients.remove(client);
        }
    }

    private static String[] someKeys(Random random) {
        List<String> some = new ArrayList<>();
        for (String key : KEYS) {
            String name = key.substring(0, key.indexOf('='));
            if (random.nextInt(6) == 0 && some.stream().noneMatch(k -> k.startsWith(name + "="))) {
                some.add(key);
            }
        }
        return some.toArray(String[]::new);
    }

    private static void addHook(TestBroker broker, Random random, List<CompletableFuture<Verdict>> open) {
        broker.hooks()
                .publishHooks()
                .add(
                        (client, message) -> switch (random.nextInt(5)) {
                            case 0 -> throw new IllegalStateException("a hook that breaks");
                            case 1 -> new Verdict.Refuse(ReasonCode.QUOTA_EXCEEDED);
                            case 2 -> new Verdict.Replace(message.message().withTopic("a"));
                            case 3 -> {
                                CompletableFuture<Verdict> answer = new CompletableFuture<>();
                                open.add(answer);
                                yield new Verdict.Later(answer);
                            }
                            default -> Verdict.PASS;
                        },
                        new Origin("test.hook", 0, 1));
    }

    private static void addAuthorizer(TestBroker broker, Random random, List<CompletableFuture<Decision>> open) {
        broker.hooks()
                .authorizers()
                .add(
                        (client, action, topic) -> switch (random.nextInt(6)) {
                            case 0 -> Decision.DENY;
                            case 1 -> Decision.ABSTAIN;
                            case 2 -> {
                                CompletableFuture<Decision> answer = new CompletableFuture<>();
                                open.add(answer);
                                yield new Decision.Later(answer);
                            }
                            default -> Decision.ALLOW;
                        },
                        new Origin("test.authorizer", 0, 1));
    }
}
