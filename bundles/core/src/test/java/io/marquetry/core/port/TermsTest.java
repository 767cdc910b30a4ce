// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.config.Rate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TermsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "t/",
                "/t/",
                "tenants/${username}/devices/${clientid}/",
                "${clientid}/",
                "t-${username}-x/",
                "t/$share/"
            })
    void givenMountpoint_whenChecked_thenItIsTheSame(String mountpoint) {
        assertThat(Terms.checkMountpoint(mountpoint)).isEqualTo(mountpoint);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            t/+/                      | no wildcard
            t/#                       | no wildcard
            t/${clientId}/            | no placeholder but ${clientid}, ${username},
            t/${host}/                | no placeholder but ${clientid}, ${username},
            $share/g/                 | another beginning than $
            $${clientid}/             | another beginning than $
            t                         | a / at the end
            t/${clientid}             | a / at the end
            t//                       | no empty level
            /                         | no empty level
            ${username}${clientid}/   | one placeholder in a level
            ${username}-${clientid}/x/| one placeholder in a level
            ${client_attrs.a}%c/      | one placeholder in a level
            """)
    void givenMountpointThatIsNone_whenChecked_thenASentenceSaysWhatWasExpected(String mountpoint, String expected) {
        assertThatThrownBy(() -> terms(mountpoint, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(expected)
                .hasMessageEndingWith("got " + mountpoint);
    }

    @Test
    void givenQosThatThereIsNot_whenMade_thenRefused() {
        assertThatThrownBy(() -> terms("", 3)).hasMessageContaining("from 0 to 2, got 3");
    }

    private static Terms terms(String mountpoint, int maxQos) {
        return new Terms(
                mountpoint,
                maxQos,
                CertificateField.NONE,
                CertificateField.NONE,
                List.of(),
                Rate.NONE,
                Rate.NONE,
                Rate.NONE,
                Rate.NONE);
    }
}
