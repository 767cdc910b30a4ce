// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlaceholdersTest {
    private final Placeholders placeholders = new Placeholders(Set.of("karaf.base", "username")::contains);

    @ParameterizedTest
    @ValueSource(
            strings = {"clientid", "password", "topic", "client_attrs.site", "client_attrs.a:b", "nobody", "username"})
    void givenNameThatAComponentFills_whenEscaped_thenItIsWrittenForBothReaders(String name) {
        String escaped = placeholders.escape("key = x/${" + name + "}/y");

        assertThat(escaped).isEqualTo("key = x/$\\\\{" + name + "\\\\}/y");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "key = ${karaf.base}/data",
                "key = ${env:HOME}",
                "key = ${nobody:-default}",
                "key = $\\\\{clientid\\\\}",
                "key = $ {clientid}",
                "key = ${}"
            })
    void givenWhatIsTheContainersOrNoPlaceholder_whenEscaped_thenItStays(String line) {
        assertThat(placeholders.escape(line)).isEqualTo(line);
    }
}
