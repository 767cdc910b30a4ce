// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;
import org.junit.jupiter.api.Test;

/** What stands in a file of {@code conf/} reaches the component as it stands, where clients are to fill it. */
@OnlyMarquetry
class PlaceholdersIT {
    @Test
    void givenPlaceholdersInFiles_whenAClientComes_thenTheBrokerFillsThemAndNobodyBefore() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.defaults()
                        .env("SITE", "north")
                        .conf("io.marquetry.transport.tcp-default", "mountpoint", "${env:SITE}/${clientid}/"));
                Probe ada = Probe.open(broker.port(), Version.V5);
                Probe eve = Probe.open(broker.port(), Version.V5)) {
            ada.connectOk(connect("ada"));
            eve.connectOk(connect("eve"));
            ada.subscribe("t", 0);
            eve.subscribe("t", 0);

            ada.send(Packets.publish("t", "of ada"));
            ada.expectPublish("t", "of ada");
            eve.expectNothing();
            assertThat(broker.command("shell", "mqtt:topic-list", "--no-format"))
                    .contains("north/ada/t", "north/eve/t");
            int mark = broker.log().mark();
            broker.log().allow("mountpoint");
            broker.conf("io.marquetry.transport.tcp-default").set("mountpoint", "${nobody}/");

            assertThat(broker.log().await(mark, "mountpoint = ")).contains("${nobody}/");
        }
    }
}
