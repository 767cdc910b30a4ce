// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.MqttJs;
import io.marquetry.itests.support.Tool;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MQTT.js in Node.js: {@code scenarios.mjs}, with the versions of {@code package-lock.json}. */
class MqttJsIT extends BrokerTest {
    @ParameterizedTest
    @ValueSource(strings = {"4", "5"})
    void givenMqttJs_whenItDoesWhatProgramsDo_thenAllIsWell(String version) throws Exception {
        String port = Integer.toString(broker().port());

        List<String> lines = Tool.run(
                MqttJs.install(),
                MqttJs.LIMIT,
                List.of(Tool.path("node", "nodejs"), "scenarios.mjs", port, version, id("js") + "v" + version));

        assertThat(lines)
                .containsExactly(
                        "passed publish",
                        "passed retained",
                        "passed will",
                        "passed session",
                        "passed shared",
                        "passed large",
                        "all passed");
    }
}
