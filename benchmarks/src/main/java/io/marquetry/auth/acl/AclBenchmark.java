// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What one decision costs that nobody remembers: a thousand rules, of which the last one decides. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AclBenchmark {
    private static final int RULES = 1_000;

    /** What the rules are like. */
    public enum Kind {
        /** One for each user. */
        USERS,
        /** For everyone, of topics that differ in their last level but one. */
        TOPICS,
        /** For everyone, of topics with the client identifier in them. */
        TEMPLATES,
        /** For addresses. */
        ADDRESSES,
        /** For users by a regular expression, of the topic that is asked for. */
        EXPRESSIONS,
        /** The same, but the expressions do not say how a name begins. */
        ENDINGS
    }

    /** Of which the rules are. */
    @Param
    public Kind kind = Kind.USERS;

    private final Action publish = new Action.Publish(QoS.AT_LEAST_ONCE, false);
    private final ClientInfo client = new ClientInfo(
            "meter-4711",
            "user-999",
            ProtocolVersion.MQTT_5,
            new InetSocketAddress("10.1.2.3", 4711),
            "tcp:default",
            true,
            60,
            0,
            null,
            "",
            false,
            Map.of());
    private Rules rules = Rules.denying("not yet read");

    /** Reads the rules. */
    @Setup
    public void read() throws Fault {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < RULES; i++) {
            text.append(
                    switch (kind) {
                        case USERS -> "{allow, {user, \"user-" + i + "\"}, all, [\"other/#\"]}.\n";
                        case TOPICS -> "{allow, all, all, [\"site/7/device/" + i + "/#\"]}.\n";
                        case TEMPLATES -> "{allow, all, all, [\"site/7/${clientid}/" + i + "/#\"]}.\n";
                        case ADDRESSES -> "{allow, {ipaddr, \"192.168." + i % 256 + ".0/24\"}, all, [\"site/#\"]}.\n";
                        case ENDINGS -> "{allow, {user, {re, \"admin-" + i + "$\"}}, all, [\"site/#\"]}.\n";
                        case EXPRESSIONS -> "{allow, {user, {re, \"^admin-" + i + "$\"}}, all, [\"site/#\"]}.\n";
                    });
        }
        rules = new Rules(RuleReader.read(new Source("acl.conf", text + "{deny, all}.")));
    }

    /** Decides. */
    @Benchmark
    public Decision decide() {
        return rules.decide(client, publish, "site/7/device/4711/temperature");
    }
}
