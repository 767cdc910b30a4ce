// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.testing.ManualLoops;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** An answer that is there at once costs no memory, and every call is counted all the same. */
class GuardAllocationTest {
    private static final int CALLS = 100_000;

    @Test
    void givenHooksThatAnswerAtOnce_whenAsked_thenNothingIsAllocated() {
        Hooks hooks = new Hooks(MqttSettings::defaults, new ManualLoops(1).ticker());
        for (int i = 0; i < 3; i++) {
            PublishHook pass = (c, m) -> Verdict.PASS;
            hooks.publishHooks().add(pass, new Origin("ext", "hook" + i, i, i));
        }
        ClientInfo client =
                new ClientInfo("c", null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
        Publish message = Publish.of(Message.of("t", new byte[10], QoS.AT_MOST_ONCE, false));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ask(hooks, client, message);

        long before = threads.getCurrentThreadAllocatedBytes();
        ask(hooks, client, message);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).isLessThan(CALLS);
        assertThat(hooks.services("ext"))
                .extracting(s -> s.calls())
                .containsExactly(2L * CALLS, 2L * CALLS, 2L * CALLS);
    }

    private static void ask(Hooks hooks, ClientInfo client, Publish message) {
        for (int i = 0; i < CALLS; i++) {
            if (hooks.publish(client, message) != Verdict.PASS) {
                throw new AssertionError("expected every message to pass");
            }
        }
    }
}
