// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.config.Rate;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import io.marquetry.core.port.CertificateField;
import io.marquetry.core.port.Terms;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Under which names clients go, and which names are refused. */
class IdentityTest extends BrokerTest {
    private static final PeerCertificate CERTIFICATE = new PeerCertificate("dev1", "CN=dev1,O=Acme");
    private static final PeerCertificate NAMELESS = new PeerCertificate(null, "O=Acme");

    // --- placeholders ---

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            t/${clientid}/ | a/b         | u   | CLIENT_IDENTIFIER_NOT_VALID
            t/${clientid}/ | a+          | u   | CLIENT_IDENTIFIER_NOT_VALID
            t/${clientid}/ | #           | u   | CLIENT_IDENTIFIER_NOT_VALID
            t/${clientid}/ | $share      | u   | SUCCESS
            ${clientid}/   | $share      | u   | CLIENT_IDENTIFIER_NOT_VALID
            t/${username}/ | c           | -   | BAD_USER_NAME_OR_PASSWORD
            t/${username}/ | c           | ''  | BAD_USER_NAME_OR_PASSWORD
            t/${username}/ | c           | a/b | BAD_USER_NAME_OR_PASSWORD
            t/${username}/ | c           | +   | BAD_USER_NAME_OR_PASSWORD
            ${username}/   | c           | $SYS| BAD_USER_NAME_OR_PASSWORD
            t/${username}/ | a/+/#       | u   | SUCCESS
            t/${clientid}/ | c           | a/b | SUCCESS
            """)
    void givenNamesThatWouldBeMoreThanALevel_whenAPlaceholderTakesThem_thenRefused(
            String mountpoint, String clientId, @Nullable String username, ReasonCode expected) {
        TestBroker broker = start();
        broker.entrance().mountpoint(mountpoint);

        for (ProtocolVersion version : List.of(V3, V5)) {
            assertThat(answer(broker, version, null, clientId, username).reason())
                    .isEqualTo(expected);
        }
    }

    @Test
    void givenNullCharacterThatALenientBrokerLetsIn_whenAPlaceholderTakesIt_thenRefused() {
        TestBroker broker = start("strictMode=false");
        broker.entrance().mountpoint("t/${clientid}/");

        assertThat(answer(broker, V5, null, "a\0b", null).reason()).isEqualTo(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID);
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenNameThatLooksLikeAPlaceholder_whenFilled_thenItIsAName(ProtocolVersion version) {
        TestBroker broker = start();
        TestClient all = broker.connection(V5).connect("all").subscribe("#", 0);
        broker.entrance().mountpoint("t/${clientid}/");
        TestClient client = connect(broker, version, null, "${username}", "victim");

        client.publish("a", "x", 0, 0);

        assertThat(all.story()).containsExactly("PUBLISH q0 t/${username}/a x");
    }

    @Test
    void givenNoClientIdentifier_whenAPlaceholderAsksForIt_thenTheAssignedOneFillsIt() {
        TestBroker broker = start();
        TestClient all = broker.connection(V5).connect("all").subscribe("#", 0);
        broker.entrance().mountpoint("t/${clientid}/");
        TestClient client = broker.connection(V5);
        Packet.ConnAck answer = client.tryConnect(ConnectRequest.v5("").build());

        client.publish("a", "x", 0, 0);

        String assigned = answer.properties().text(Property.ASSIGNED_CLIENT_IDENTIFIER);
        assertThat(all.story()).containsExactly("PUBLISH q0 t/" + assigned + "/a x");
    }

    // --- certificates ---

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenCertificate_whenTheListenerTakesNames_thenTheyReplaceThoseOfConnect(ProtocolVersion version) {
        TestBroker broker = startOn(4);
        terms(broker, "", CertificateField.DN, CertificateField.CN);
        List<ClientInfo> seen = authenticated(broker);

        TestClient client = connect(broker, version, CERTIFICATE, "mine", "me");

        assertThat(seen).hasSize(1);
        assertThat(seen.get(0).clientId()).isEqualTo("dev1");
        assertThat(seen.get(0).username()).isEqualTo("CN=dev1,O=Acme");
        assertThat(seen.get(0).certificate()).isEqualTo(CERTIFICATE);
        assertThat(client.wire().loop().index()).as("home of dev1").isEqualTo(home("dev1", 4));
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenOneCertificate_whenTwoConnectWithIt_thenTheyAreOneClient(ProtocolVersion version) {
        TestBroker broker = startOn(2);
        terms(broker, "", CertificateField.NONE, CertificateField.CN);
        broker.seen("dev1");
        TestClient first = broker.connection(version);
        first.wire().certificate(CERTIFICATE);
        first.connect(ConnectRequest.of(version, "a").resume(3600).build()).subscribe("t", 1);

        TestClient second = broker.connection(version);
        second.wire().certificate(CERTIFICATE);
        Packet.ConnAck answer =
                second.tryConnect(ConnectRequest.of(version, "b").resume(3600).build());

        assertThat(answer.sessionPresent()).isTrue();
        assertThat(first.isClosed()).isTrue();
        assertThat(broker.endings()).containsEntry("takenover", 1L);
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenNoCertificate_whenTheListenerTakesNames_thenThoseOfConnectStay(ProtocolVersion version) {
        TestBroker broker = start();
        terms(broker, "", CertificateField.CN, CertificateField.CN);
        List<ClientInfo> seen = authenticated(broker);

        connect(broker, version, null, "mine", "me");

        assertThat(seen.get(0).clientId()).isEqualTo("mine");
        assertThat(seen.get(0).username()).isEqualTo("me");
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenCertificateWithoutTheField_whenTheListenerTakesIt_thenRefused(ProtocolVersion version) {
        TestBroker broker = start();

        terms(broker, "", CertificateField.CN, CertificateField.NONE);
        Packet.ConnAck noUser = answer(broker, version, NAMELESS, "c", "u");
        terms(broker, "", CertificateField.NONE, CertificateField.CN);
        Packet.ConnAck noClient = answer(broker, version, NAMELESS, "c", "u");
        Packet.ConnAck nul = answer(broker, version, new PeerCertificate("dev1\0.evil", "O=Acme"), "c", "u");
        Packet.ConnAck surrogate = answer(broker, version, new PeerCertificate("dev\uD800", "O=Acme"), "c", "u");

        assertThat(noUser.reason()).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        assertThat(noClient.reason()).isEqualTo(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID);
        assertThat(nul.reason()).isEqualTo(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID);
        assertThat(surrogate.reason()).isEqualTo(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID);
        if (version == V5) {
            assertThat(noUser.properties().text(Property.REASON_STRING))
                    .isEqualTo("expected a certificate with a common name, which the listener takes as the user name");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenTenantsByCertificate_whenTheyPublish_thenEachHasItsOwnTopics(ProtocolVersion version) {
        TestBroker broker = start();
        terms(broker, "tenants/${username}/", CertificateField.CN, CertificateField.NONE);
        TestClient acme = connect(broker, version, new PeerCertificate("acme", null), "a", "globex")
                .subscribe("#", 0);
        TestClient globex = connect(broker, version, new PeerCertificate("globex", null), "g", null)
                .subscribe("#", 0);

        connect(broker, version, new PeerCertificate("acme", null), "a2", null).publish("door", "open", 0, 0);

        assertThat(acme.story()).containsExactly("PUBLISH q0 door open");
        assertThat(globex.story()).isEmpty();
        assertThat(answer(broker, version, new PeerCertificate("acme/#", null), "a3", null)
                        .reason())
                .isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
    }

    @Test // [MQTT-3.2.2-16]
    void givenEmptyClientIdentifier_whenTheCertificateGivesOne_thenTheClientIsToldIt() {
        TestBroker broker = start();
        terms(broker, "", CertificateField.NONE, CertificateField.CN);

        Packet.ConnAck empty = answer(broker, V5, CERTIFICATE, "", null);
        Packet.ConnAck own = answer(broker, V5, CERTIFICATE, "mine", null);

        assertThat(empty.properties().text(Property.ASSIGNED_CLIENT_IDENTIFIER)).isEqualTo("dev1");
        assertThat(own.properties().text(Property.ASSIGNED_CLIENT_IDENTIFIER)).isNull();
    }

    @Test // [MQTT-3.1.3-8] of 3.1.1
    void givenEmptyClientIdentifierAndNoCleanSession_whenTheCertificateGivesOne_thenRefusedAllTheSame() {
        TestBroker broker = start();
        terms(broker, "", CertificateField.NONE, CertificateField.CN);
        TestClient client = broker.connection(V3);
        client.wire().certificate(CERTIFICATE);

        Packet.ConnAck answer =
                client.tryConnect(ConnectRequest.v3("").resume(0).build());

        assertThat(answer.reason()).isEqualTo(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID);
    }

    @Test
    void givenBoundOfClientIdentifiers_whenTheCertificatesNameIsLonger_thenRefused() {
        TestBroker broker = start("maxClientIdLength=23");
        terms(broker, "", CertificateField.NONE, CertificateField.DN);

        Packet.ConnAck answer = answer(broker, V5, new PeerCertificate(null, "O=" + "x".repeat(30)), "c", null);

        assertThat(answer.reason()).isEqualTo(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID);
    }

    // --- useUsernameAsClientid ---

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenUseUsernameAsClientid_whenThereIsAUserName_thenItIsTheClientIdentifier(ProtocolVersion version) {
        TestBroker broker = start("useUsernameAsClientid=true");
        List<ClientInfo> seen = authenticated(broker);

        connect(broker, version, null, "c", "user");
        connect(broker, version, null, "c", null);
        connect(broker, version, null, "d", "");
        Packet.ConnAck empty = answer(broker, version, null, "", "other");

        assertThat(seen.stream().map(ClientInfo::clientId)).containsExactly("user", "c", "d", "other");
        if (version == V5) {
            assertThat(empty.properties().text(Property.ASSIGNED_CLIENT_IDENTIFIER))
                    .isEqualTo("other");
        }
    }

    @Test
    void givenUseUsernameAsClientid_whenTheCertificateGivesNames_thenACertificateIsNotOverruledByConnect() {
        TestBroker broker = start("useUsernameAsClientid=true");
        List<ClientInfo> seen = authenticated(broker);

        terms(broker, "", CertificateField.CN, CertificateField.NONE);
        connect(broker, V5, CERTIFICATE, "c", "user");
        terms(broker, "", CertificateField.NONE, CertificateField.CN);
        connect(broker, V5, CERTIFICATE, "c", "user");

        assertThat(seen.stream().map(ClientInfo::clientId)).containsExactly("dev1", "dev1");
    }

    // --- clientAttributes ---

    @Test
    void givenAttributesOfNames_whenClientsConnect_thenAuthenticatorsSeeThemAndTopicsHaveThem() {
        TestBroker broker = start("clientAttributes=tenant: ${username} ~ ^([^@]+)@ | unit: ${cert_subject} ~ O=(.+)");
        terms(broker, "tenants/${client_attrs.tenant}/", CertificateField.NONE, CertificateField.NONE);
        List<ClientInfo> seen = new ArrayList<>();
        Authenticator authenticator = credentials -> {
            seen.add(credentials.client());
            return CompletableFuture.completedFuture(
                    new AuthResult.Accepted(false, Map.of("unit", "told"), List.of(), 0));
        };
        broker.hooks().authenticators().add(authenticator, new Origin("test.authenticator", 0, 1));

        TestClient north = connect(broker, V5, CERTIFICATE, "n", "acme@north");
        TestClient all = broker.connection(V5);
        terms(broker, "", CertificateField.NONE, CertificateField.NONE);
        all.connect("all").subscribe("tenants/#", 0);
        north.publish("a", "x", 0, 0);
        terms(broker, "tenants/${client_attrs.tenant}/", CertificateField.NONE, CertificateField.NONE);
        Packet.ConnAck without = answer(broker, V5, null, "s", "nobody");

        assertThat(all.story()).containsExactly("PUBLISH q0 tenants/acme/a x");
        assertThat(seen.get(0).attributes()).isEqualTo(Map.of("tenant", "acme", "unit", "Acme"));
        assertThat(without.reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        var details = broker.broker().clients().find("n").toCompletableFuture();
        broker.settle();
        assertThat(Objects.requireNonNull(details.join().orElseThrow().connection())
                        .attributes())
                .isEqualTo(Map.of("tenant", "acme", "unit", "told"));
    }

    @Test
    void givenExpressionThatTakesTooLong_whenAClientConnects_thenItIsRefused() {
        TestBroker broker = start("clientAttributes=a: ${username} ~ (x+)+$");

        Packet.ConnAck answer = answer(broker, V5, null, "c", "x".repeat(5_000) + "y");

        assertThat(answer.reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    // --- response information ---

    @Test // [MQTT-3.1.2-28]
    void givenResponseInformation_whenAskedFor_thenItComesWithTheNamesFilled() {
        TestBroker broker = start("responseInformation=replies/${clientid}/${username}/");

        assertThat(responseInformation(broker, "c", "u", 1)).isEqualTo("replies/c/u/");
        assertThat(responseInformation(broker, "c", "u", 0)).isNull();
        assertThat(answer(broker, V5, null, "c", "u").properties().text(Property.RESPONSE_INFORMATION))
                .isNull();
    }

    @Test
    void givenResponseInformation_whenANameDoesNotFit_thenTheClientIsLetInWithoutIt() {
        TestBroker broker = start("responseInformation=replies/${clientid}/");

        assertThat(responseInformation(broker, "a/+", null, 1)).isNull();
        assertThat(responseInformation(broker, "${username}", "u", 1)).isEqualTo("replies/${username}/");
        broker.reconfigure("responseInformation=replies/${username}/");
        assertThat(responseInformation(broker, "c", null, 1)).isNull();
    }

    private static @Nullable String responseInformation(
            TestBroker broker, String clientId, @Nullable String username, int wanted) {
        ConnectRequest request = ConnectRequest.v5(clientId).with(Property.REQUEST_RESPONSE_INFORMATION, wanted);
        if (username != null) {
            request.user(username, "p");
        }
        Packet.ConnAck answer = broker.connection(V5).tryConnect(request.build());
        assertThat(answer.reason()).isEqualTo(ReasonCode.SUCCESS);
        return answer.properties().text(Property.RESPONSE_INFORMATION);
    }

    private static Packet.ConnAck answer(
            TestBroker broker,
            ProtocolVersion version,
            @Nullable PeerCertificate certificate,
            String clientId,
            @Nullable String username) {
        TestClient client = broker.connection(version);
        client.wire().certificate(certificate);
        return client.tryConnect(request(version, clientId, username));
    }

    private static TestClient connect(
            TestBroker broker,
            ProtocolVersion version,
            @Nullable PeerCertificate certificate,
            String clientId,
            @Nullable String username) {
        TestClient client = broker.connection(version);
        client.wire().certificate(certificate);
        return client.connect(request(version, clientId, username));
    }

    private static Packet.Connect request(ProtocolVersion version, String clientId, @Nullable String username) {
        ConnectRequest request = ConnectRequest.of(version, clientId);
        return (username == null ? request : request.user(username, "p")).build();
    }

    private static void terms(
            TestBroker broker, String mountpoint, CertificateField usernameFrom, CertificateField clientIdFrom) {
        broker.entrance()
                .terms(new Terms(
                        mountpoint,
                        2,
                        usernameFrom,
                        clientIdFrom,
                        List.of(),
                        Rate.NONE,
                        Rate.NONE,
                        Rate.NONE,
                        Rate.NONE));
    }

    /** Who authenticates from now on. */
    private static List<ClientInfo> authenticated(TestBroker broker) {
        List<ClientInfo> seen = new ArrayList<>();
        Authenticator authenticator = credentials -> {
            seen.add(credentials.client());
            return CompletableFuture.completedFuture(AuthResult.ACCEPTED);
        };
        broker.hooks().authenticators().add(authenticator, new Origin("test.authenticator", 0, 1));
        return seen;
    }

    private static int home(String clientId, int loops) {
        int h = clientId.hashCode();
        return Math.floorMod(h ^ h >>> 16, loops);
    }
}
