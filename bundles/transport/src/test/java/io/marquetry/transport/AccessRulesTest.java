// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.config.Keys;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessRulesTest {
    @ParameterizedTest
    @CsvSource({
        "'', 10.1.2.3, true",
        "'deny 10.1.0.0/16, allow 10.0.0.0/8, deny all', 10.1.2.3, false",
        "'deny 10.1.0.0/16, allow 10.0.0.0/8, deny all', 10.2.2.3, true",
        "'deny 10.1.0.0/16, allow 10.0.0.0/8, deny all', 11.2.2.3, false",
        "'deny 10.1.0.0/16, allow 10.0.0.0/8, deny all', 2001:db8::1, false",
        "deny 192.0.2.128/25, 192.0.2.127, true",
        "deny 192.0.2.128/25, 192.0.2.129, false",
        "deny 0.0.0.0/0, 255.1.1.1, false",
        "deny 2001:db8::/33, 2001:db8:7fff::1, false",
        "deny 2001:db8::/33, 2001:db8:8000::1, true",
        "DENY ::ffff:192.0.2.1, 192.0.2.1, false",
    })
    void givenRules_whenAnAddressComes_thenTheFirstThatFitsCounts(String rules, String address, boolean allowed)
            throws Exception {
        Keys keys = new Keys("test", Map.of("accessRules", rules));

        AccessRules read = AccessRules.read(keys, "accessRules");

        assertThat(keys.problems()).isEmpty();
        assertThat(read.allows(InetAddress.getByName(address))).isEqualTo(allowed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "allow",
                "permit all",
                "deny 10.0.0.0/33",
                "deny 10.0.0",
                "deny 300.1.1.1",
                "deny localhost",
                "allow all, deny ::1/129",
                "deny 1::2::3",
                "deny 10.0.0.0/8/8",
                "deny 10.0.0.1 10.0.0.2"
            })
    void givenNoRule_whenRead_thenASentenceSaysWhatIsExpected(String rules) {
        Keys keys = new Keys("test", Map.of("accessRules", rules));

        AccessRules.read(keys, "accessRules");

        assertThat(keys.problems()).singleElement().asString().contains(rules, "allow or deny");
    }
}
