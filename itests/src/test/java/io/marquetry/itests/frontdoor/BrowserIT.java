// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static io.marquetry.itests.frontdoor.FrontDoor.Type.WS;
import static io.marquetry.itests.frontdoor.FrontDoor.Type.WSS;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.MqttJs;
import io.marquetry.itests.support.OnlyMarquetry;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chromium with MQTT.js, by secure WebSocket, and from an origin that is not welcome. */
@OnlyMarquetry
class BrowserIT {
    @TempDir
    Path folder;

    @Test
    void givenPageInABrowser_whenItUsesMqttJs_thenMessagesComeAndForeignOriginsDoNotGetIn() throws Exception {
        // The listener for wss makes its own certificate, as at every first start.
        try (FrontDoor door = FrontDoor.builder()
                        .listener(WSS)
                        .listener(WS, "CHECK_ORIGINS=http://somewhere.example.org")
                        .start();
                Browser browser = new Browser(MqttJs.install(), folder.resolve("profile"))) {

            String ours = browser.visit("wss://localhost:" + door.port(WSS) + "/mqtt");
            String foreign = browser.visit("ws://localhost:" + door.port(WS) + "/mqtt");

            assertThat(ours)
                    .contains("connected")
                    .contains("received: "
                            + IntStream.range(0, 20).mapToObj(i -> "m" + i).collect(Collectors.joining(" ")));
            assertThat(foreign).doesNotContain("connected").contains("closed");
            assertThat(door.ended("ws:default", "ws_upgrade_refused")).isPositive();
        }
    }
}
