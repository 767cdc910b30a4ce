// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static io.marquetry.itests.auth.Guarded.ACCEPTED;
import static io.marquetry.itests.auth.Guarded.BAD_USER_NAME_OR_PASSWORD;
import static io.marquetry.itests.auth.Guarded.NOT_AUTHORIZED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Disconnect;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients with tokens, against the archive with marquetry-auth-jwt.jar in {@code deploy/}. */
class JwtAuthIT {
    private static final String PID = "io.marquetry.auth.jwt";
    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    private static Guarded guarded;

    @BeforeAll
    static void begin() throws Exception {
        guarded = Guarded.by(
                "marquetry-auth-jwt",
                BrokerSettings.defaults()
                        .conf(PID, "secret", SECRET)
                        .conf(PID, "verifyClaims", "sub=${clientid}")
                        .conf(PID, "superuserClaim", "is_superuser")
                        .conf(PID, "clockSkewSeconds", "0"));
    }

    @AfterAll
    static void end() {
        guarded.close();
    }

    @Test
    void givenTokens_whenConnecting_thenOnlyWhoBringsItsOwnGetsIn() throws Exception {
        String own = token("\"sub\":\"meter-1\",\"exp\":" + inSeconds(600));

        assertThat(guarded.code("meter-1", "any", own)).isEqualTo(ACCEPTED);
        assertThat(guarded.code("meter-2", "any", own)).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(guarded.code("meter-1", "any", "a password")).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(guarded.code("meter-1", "any", own.substring(0, own.length() - 4) + "AAAA"))
                .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(guarded.code("meter-1", "any", token("\"sub\":\"meter-1\",\"exp\":" + inSeconds(-60))))
                .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(guarded.code("meter-1", "any", encoded("{\"alg\":\"none\"}") + "." + encoded("{}") + "."))
                .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(guarded.code("meter-1", "any", "x".repeat(60_000))).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    }

    @Test
    void givenRulesInTheToken_whenPublishingAndSubscribing_thenTheyDecide() throws Exception {
        String token = token("\"sub\":\"meter-3\",\"acl\":["
                + "{\"permission\":\"allow\",\"action\":\"publish\",\"topic\":\"t/${clientid}/#\",\"qos\":[1]},"
                + "{\"permission\":\"allow\",\"action\":\"subscribe\",\"topic\":\"t/+/in\"}]");
        Probe probe = guarded.connected("meter-3", "any", token);

        assertThat(probe.publish("t/meter-3/a", "1", 1)).isLessThan(0x80);
        assertThat(probe.publish("t/meter-4/a", "1", 1)).isEqualTo(NOT_AUTHORIZED);
        assertThat(probe.publish("t/meter-3/a", "1", 2)).isEqualTo(NOT_AUTHORIZED);
        assertThat(probe.subscribe("t/meter-3/in", 1)).isEqualTo(1);
        assertThat(probe.subscribe("t/#", 1)).isEqualTo(NOT_AUTHORIZED);
        probe.ping();
    }

    @Test
    void givenSuperuser_whenItsRulesForbid_thenItMayAllTheSame() throws Exception {
        String rules = "\"acl\":[{\"permission\":\"deny\",\"action\":\"all\",\"topic\":\"#\"}]";
        Probe root = guarded.connected("root", "any", token("\"sub\":\"root\",\"is_superuser\":true," + rules));
        Probe other = guarded.connected("other", "any", token("\"sub\":\"other\"," + rules));

        assertThat(root.publish("anything", "1", 1)).isLessThan(0x80);
        assertThat(other.publish("anything", "1", 1)).isEqualTo(NOT_AUTHORIZED);
    }

    @Test
    void givenTokenThatEnds_whenItDoes_thenTheClientIsToldAndDisconnected() throws Exception {
        Probe probe = guarded.connected("meter-5", "any", token("\"sub\":\"meter-5\",\"exp\":" + inSeconds(4)));

        assertThat(probe.await(Disconnect.class).code()).isEqualTo(NOT_AUTHORIZED);
        probe.expectClosed();
    }

    private static long inSeconds(int seconds) {
        return Instant.now().getEpochSecond() + seconds;
    }

    private static String token(String claims) throws Exception {
        String signed = encoded("{\"alg\":\"HS256\"}") + "." + encoded("{" + claims + "}");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
        return signed + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(signed.getBytes(UTF_8)));
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }
}
