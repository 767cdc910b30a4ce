// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Distribution;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The file of rules, edited while clients are connected. */
@OnlyMarquetry
class AclFileIT {
    private static final int NOT_AUTHORIZED = 0x87;
    private static final int NO_MATCHING_SUBSCRIBERS = 0x10;

    private BrokerProcess broker;

    @BeforeEach
    void start() {
        broker = BrokerProcess.start(BrokerSettings.defaults().conf("io.marquetry.auth.acl", "file", "conf/acl.conf"));
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    @Test
    void givenConnectedClient_whenTheFileIsEdited_thenItsNextPacketIsDecidedByIt() throws Exception {
        edit("{allow, all}.");
        install();
        try (Probe probe = client("c")) {
            assertThat(publish(probe, "a")).isEqualTo(NO_MATCHING_SUBSCRIBERS);

            int mark = broker.log().mark();
            edit("{deny, all, publish, [\"a\"]}.\n{allow, all, all, [\"own/${clientid}/#\", \"b\"]}.");
            broker.log().await(mark, "acl.conf: rules in force: 2");

            assertThat(publish(probe, "a")).isEqualTo(NOT_AUTHORIZED);
            assertThat(publish(probe, "b")).isEqualTo(NO_MATCHING_SUBSCRIBERS);
            assertThat(publish(probe, "own/c/x")).isEqualTo(NO_MATCHING_SUBSCRIBERS);
            assertThat(publish(probe, "own/d/x")).as("no rule speaks about it").isEqualTo(NOT_AUTHORIZED);
            probe.ping();
        }
    }

    @Test
    void givenSubscriber_whenTheFileForbidsIt_thenItsSubscriptionStopsAndGoesOnWhenItMayAgain() throws Exception {
        edit("{allow, all}.");
        install();
        try (Probe subscriber = client("subscriber");
                Probe publisher = client("publisher")) {
            subscriber.subscribe("news/#", 0);
            publisher.publish("news/1", "first", 1);
            subscriber.expectPublish("news/1", "first");

            int mark = broker.log().mark();
            edit("{deny, {client, \"subscriber\"}, subscribe}.\n{allow, all}.");
            broker.log().await(mark, "acl.conf: rules in force: 2");
            publisher.publish("news/2", "second", 1);
            subscriber.expectNothing();

            mark = broker.log().mark();
            edit("{allow, all}.");
            broker.log().await(mark, "acl.conf: rules in force: 1");
            publisher.publish("news/3", "third", 1);
            subscriber.expectPublish("news/3", "third");
        }
    }

    @Test
    void givenBrokenEdit_whenItIsFound_thenThePlaceIsNamedAndTheRulesOfBeforeStay() throws Exception {
        edit("{deny, all, publish, [\"a\"]}.\n{allow, all}.");
        install();
        try (Probe probe = client("c")) {
            int mark = broker.log().mark();
            broker.log().allow("acl.conf:2:14: expected one of the actions publish, subscribe and all, got \"read\"");
            edit("%% nothing is forbidden any more\n{allow, all, read}.");
            broker.log().await(mark, "acl.conf:2:14: expected one of the actions");

            assertThat(publish(probe, "a")).isEqualTo(NOT_AUTHORIZED);
            assertThat(publish(probe, "b")).isEqualTo(NO_MATCHING_SUBSCRIBERS);
        }
    }

    @Test
    void givenNoFile_whenInstalled_thenOneIsWrittenThatLetsNobodyPublish() throws Exception {
        install();
        try (Probe probe = client("c")) {

            assertThat(broker.base().resolve("conf/acl.conf")).content().contains("%% WHO");
            assertThat(publish(probe, "a")).isEqualTo(NOT_AUTHORIZED);
            probe.expectFilterRefused("#", NOT_AUTHORIZED);
            probe.subscribe("$SYS/#", 0);
        }
    }

    @Test
    void givenLastAuthorizer_whenItIsRemoved_thenNothingIsOpenAndTheLogSaysWhyAfterARestartToo() throws Exception {
        String why = "there is no authorizer any more, .* noMatch = allow";
        broker.log().allow(why);
        edit("{allow, all}.");
        install();

        int mark = broker.log().mark();
        Files.delete(broker.base().resolve("deploy/marquetry-auth-acl.jar"));
        broker.log().await(mark, why);
        try (Probe probe = client("c")) {
            assertThat(publish(probe, "a")).isEqualTo(NOT_AUTHORIZED);
        }
        broker.stop();
        broker.restart();
        broker.log().await(0, why);
        try (Probe probe = client("c")) {
            assertThat(publish(probe, "a")).isEqualTo(NOT_AUTHORIZED);

            broker.conf("io.marquetry.core.mqtt").set("noMatch", "allow");
            Patience.until("all to be allowed", () -> publish(probe, "a") == NO_MATCHING_SUBSCRIBERS);
        }
    }

    private void install() throws IOException {
        int mark = broker.log().mark();
        Files.copy(
                Distribution.home().resolve("extensions/marquetry-auth-acl.jar"),
                broker.base().resolve("deploy/marquetry-auth-acl.jar"));
        broker.log().await(mark, "authorizer of io.marquetry.auth.acl is in force");
    }

    private void edit(String rules) throws IOException {
        Path fresh = Files.writeString(broker.base().resolve("acl.new"), rules);
        Files.move(
                fresh,
                broker.base().resolve("conf/acl.conf"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private Probe client(String id) {
        Probe probe = Probe.open(broker.port(), Version.V5);
        probe.connectOk(connect(id));
        return probe;
    }

    private static int publish(Probe probe, String topic) {
        probe.send(Packets.publish(topic, "x").qos(1).id(1));
        return probe.expect(Puback.class).code();
    }
}
