// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisAuthenticatorTest {
    @Test
    void givenNoRedis_whenAsked_thenTheStageFailsWithASentence() {
        RedisAuthenticator authenticator =
                new RedisAuthenticator(Map.of("servers", "127.0.0.1:1", "connectTimeoutSeconds", "1"));
        ClientInfo client =
                new ClientInfo("c", "u", ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");

        assertThatThrownBy(() -> authenticator
                        .authenticate(new Credentials(client, new byte[0]))
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS))
                .hasMessageContaining("Redis at 127.0.0.1:1 did not answer");
        authenticator.close();

        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(Thread::isAlive)
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("lettuce"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "servers | | servers = : expected where Redis is",
                "servers | host | servers = host: expected HOST:PORT",
                "servers | host:0 | servers = host:0: expected HOST:PORT",
                "mode | ring | mode = ring: expected one of single, sentinel, cluster",
                "command | FLUSHALL | command = FLUSHALL: expected a command such as HMGET",
                "tlsCaFile | /nowhere | tlsCaFile = /nowhere: expected a file that can be read"
            })
    void givenBadValue_whenConfigured_thenRefusedWithTheKey(String key, String value, String sentence) {
        Map<String, Object> properties = new HashMap<>(Map.of("servers", "127.0.0.1:1"));
        properties.put(key, value == null ? "" : value);

        assertThatThrownBy(() -> new RedisAuthenticator(properties))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("conf/io.marquetry.auth.redis.authenticator.cfg")
                .hasMessageContaining(sentence);
    }
}
