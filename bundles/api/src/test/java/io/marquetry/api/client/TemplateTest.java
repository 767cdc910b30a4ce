// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.mqtt.ProtocolVersion;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
    private static ClientInfo client(String clientId, @Nullable String username) {
        return new ClientInfo(
                clientId,
                username,
                ProtocolVersion.MQTT_5,
                new InetSocketAddress("127.0.0.1", 1),
                "ssl:default",
                true,
                60,
                0,
                new PeerCertificate("name", "CN=name"),
                "",
                false,
                Map.of("site", "7"));
    }

    @Test
    void givenEveryPlaceholder_whenFilled_thenEachHasItsValue() {
        Template template = Template.parse("${clientid} ${username} ${peerhost} ${cert_common_name} ${cert_subject}"
                + " ${listener} ${client_attrs.site} %c %u %");

        assertThat(template.fill(client("c", "u"))).isEqualTo("c u 127.0.0.1 name CN=name ssl:default 7 c u %");
    }

    @Test
    void givenValueThatLooksLikeAPlaceholder_whenFilled_thenItIsAValue() {
        assertThat(Template.parse("${clientid}-${username}").fill(client("${username}", "%c")))
                .isEqualTo("${username}-%c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"+", "#", "a/b", "/", "a+", "a\0", ""})
    void givenValueThatIsNoPartOfALevel_whenFilledInATopic_thenThereIsNone(String value) {
        assertThat(Template.parse("t/${clientid}/x").topic(client(value, null))).isNull();
    }

    @Test
    void givenDollar_whenFilledWhereTheTopicBegins_thenThereIsNone() {
        assertThat(Template.parse("${clientid}/x").topic(client("$SYS", null))).isNull();
        assertThat(Template.parse("t/${clientid}").topic(client("$SYS", null))).isEqualTo("t/$SYS");
    }

    @Test
    void givenTwoValuesThatTogetherWouldBeMore_whenFilled_thenEachIsLookedAt() {
        assertThat(Template.parse("${clientid}${username}").topic(client("", "$share")))
                .isNull();
        assertThat(Template.parse("${username}").topic(client("c", null))).isNull();
    }

    @Test
    void givenUnknownPlaceholder_whenRead_thenTheSentenceListsThoseThereAre() {
        assertThatThrownBy(() -> Template.parse("t/${password}"))
                .hasMessageContaining("clientid")
                .hasMessageContaining("got ${password}");
        assertThat(Template.parse("t/${password}", Set.of("password")).placeholders())
                .containsExactly("password");
        assertThatThrownBy(() -> Template.parse("${client_attrs.}")).hasMessageContaining("client_attrs.NAME");
    }
}
