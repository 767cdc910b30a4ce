// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentTest {
    @ParameterizedTest
    @CsvSource({
        "MARQUETRY_LISTENERS__TCP__DEFAULT__BIND, io.marquetry.transport.tcp~default, bind",
        "MARQUETRY_LISTENERS__TCP__MY_PORT__ENABLED, io.marquetry.transport.tcp~my-port, enabled",
        "MARQUETRY_NODE__NAME, io.marquetry.core.node, name",
        "MARQUETRY_MQTT__SERVER_KEEP_ALIVE, io.marquetry.core.mqtt, serverKeepAlive",
        "MARQUETRY_MQTT__MQUEUE_STORE_QOS0, io.marquetry.core.mqtt, mqueueStoreQos0",
        "MARQUETRY_RETAINED__MAX_BYTES, io.marquetry.core.retained, maxBytes",
        "MARQUETRY_CORE__SYS__INTERVAL, io.marquetry.core.sys, interval",
        "MARQUETRY_AUTH__JDBC__TIMEOUT_SECONDS, io.marquetry.auth.jdbc, timeoutSeconds",
        "MARQUETRY_AUTH__JDBC__AUTHENTICATOR__MAIN__URL, io.marquetry.auth.jdbc.authenticator~main, url",
    })
    void givenVariable_whenRead_thenIsAValueOfThatConfiguration(String variable, String pid, String key) {
        Environment environment = Environment.of(Map.of(variable, "x"));

        assertThat(environment.valuesOf(pid)).containsExactly(Map.entry(key, "x"));
        assertThat(environment.problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MARQUETRY_MQQT__MAX_INFLIGHT",
                "MARQUETRY_MAX_INFLIGHT",
                "MARQUETRY_MQTT__max_inflight",
                "MARQUETRY_MQTT__",
                "MARQUETRY_MQTT____X",
                "MARQUETRY_LISTENERS__TCP__BIND",
                "MARQUETRY_LISTENERS__TPC__DEFAULT__BIND",
                "MARQUETRY_LISTENERS__TCP__DEFAULT__TLS__CERT",
            })
    void givenVariableThatFitsNowhere_whenRead_thenIsReportedWithoutItsValue(String variable) {
        Environment environment = Environment.of(Map.of(variable, "secret-value"));

        assertThat(environment.problems())
                .singleElement()
                .asString()
                .contains(variable, "Expected", "MARQUETRY_MQTT__KEY")
                .doesNotContain("secret-value");
        assertThat(environment.listeners()).isEmpty();
    }

    @Test
    void givenVariablesOfOthers_whenRead_thenAreLeftAlone() {
        Environment environment =
                Environment.of(Map.of("PATH", "/bin", "MARQUETRY_BASE", "/srv", "MARQUETRY_JAVA_OPTS", "-Xmx2g"));

        assertThat(environment.problems()).isEmpty();
        assertThat(environment.extensionPids()).isEmpty();
    }

    @Test
    void givenListenerVariables_whenRead_thenEachListenerIsNamedOnce() {
        Environment environment = Environment.of(Map.of(
                "MARQUETRY_LISTENERS__TCP__DEFAULT__BIND", "a",
                "MARQUETRY_LISTENERS__TCP__DEFAULT__ENABLED", "true",
                "MARQUETRY_LISTENERS__TCP__SECOND__BIND", "b"));

        assertThat(environment.listeners())
                .containsExactly("io.marquetry.transport.tcp~default", "io.marquetry.transport.tcp~second");
    }

    @Test
    void givenPidOfOthers_whenAskedFor_thenThereIsNothing() {
        Environment environment = Environment.of(Map.of("MARQUETRY_ORG__OPS4J__KEY", "x"));

        assertThat(environment.valuesOf("org.ops4j")).isEmpty();
        assertThat(environment.extensionPids()).containsExactly("org.ops4j");
    }
}
