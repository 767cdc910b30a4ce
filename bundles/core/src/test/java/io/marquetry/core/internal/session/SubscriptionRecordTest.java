// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.router.Subscription;
import io.marquetry.core.internal.testing.LoneSubscriber;
import io.marquetry.core.internal.testing.ManualLoops;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class SubscriptionRecordTest {
    private final ManualLoops loops = new ManualLoops(1);

    @Test
    void givenRecordsOfBrokersThatKnewNoOwedSearches_whenRead_thenNoneIsOwed() {
        byte[] plain = HexFormat.of().parseHex("01" + "0d" + "0000004d");
        byte[] sent = HexFormat.of().parseHex("01" + "11" + "00000000" + "612f23");

        assertThat(SubscriptionRecord.read(plain)).isEqualTo(new SubscriptionRecord(1, true, true, 77, 0, null));
        assertThat(SubscriptionRecord.read(sent)).isEqualTo(new SubscriptionRecord(1, false, false, 0, 0, "a/#"));
    }

    @Test
    void givenNothingOwed_whenWritten_thenItIsAsEver() {
        byte[] written = SubscriptionRecord.write(subscription(), 0, null);

        assertThat(written).isEqualTo(HexFormat.of().parseHex("01" + "0d" + "0000004d"));
    }

    @Test
    void givenOwedSearch_whenWrittenAndRead_thenItIsThere() {
        byte[] alone = SubscriptionRecord.write(subscription(), 5_000_000_000L, null);
        byte[] sent = SubscriptionRecord.write(subscription(), 1, "ä/#");

        assertThat(SubscriptionRecord.read(alone))
                .isEqualTo(new SubscriptionRecord(1, true, true, 77, 5_000_000_000L, null));
        assertThat(SubscriptionRecord.read(sent)).isEqualTo(new SubscriptionRecord(1, true, true, 77, 1, "ä/#"));
    }

    @Test
    void givenWhatIsNoSubscription_whenRead_thenItIsRefused() {
        assertThatThrownBy(() -> SubscriptionRecord.read(HexFormat.of().parseHex("014100000000")))
                .hasMessage("expected version 1 and flags, not 1 and 65");
        assertThatThrownBy(() -> SubscriptionRecord.read(HexFormat.of().parseHex("01210000000000000000")))
                .hasMessage("expected a subscription, but its record is cut off");
    }

    private Subscription subscription() {
        Subscription subscription =
                new Subscription(new LoneSubscriber(new Home(loops.loop(0), loops::now)), TopicFilter.parse("a/#"));
        subscription.options(1, true, true, 77);
        return subscription;
    }
}
