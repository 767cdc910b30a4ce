// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.BindException;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BindFailureTest {
    /** Sentences of Netty's epoll, of the JDK on Linux and of the JDK on macOS. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1883 | bind(..) failed with error(-98): Address already in use | address already in use",
                "1883 | Address already in use | address already in use",
                "883 | bind(..) failed with error(-13): Permission denied | permission denied; a port below 1024",
                "1883 | Permission denied | permission denied",
                "1883 | bind(..) failed with error(-99): Cannot assign requested address | unknown address; no interface",
                "1883 | Can't assign requested address | unknown address; no interface",
                "1883 | something new | something new"
            })
    void givenAnswerOfTheSystem_whenSaid_thenItIsInWordsOfAnOperator(int port, String said, String expected) {
        String reason = BindFailure.reason(new BindException(said), new InetSocketAddress("127.0.0.1", port));

        assertThat(reason).startsWith(expected);
    }
}
