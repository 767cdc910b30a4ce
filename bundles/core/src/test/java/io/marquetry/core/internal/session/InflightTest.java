// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.core.internal.message.Publication;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InflightTest {
    private final Inflight inflight = new Inflight();

    @Test // [MQTT-2.2.1-3]
    void givenTheLastIdentifier_whenOneMoreIsTaken_thenItIsOneAndNeverZero() {
        for (int i = 1; i <= 65_535; i++) {
            assertThat(inflight.add(1, delivery())).isEqualTo(i);
            inflight.done(i);
        }

        assertThat(inflight.add(1, delivery())).isEqualTo(1);
        assertThat(inflight.state(1)).isEqualTo(Inflight.AT_LEAST_ONCE);
        assertThat(inflight.state(65_535)).isEqualTo(Inflight.DONE);
    }

    @Test // [MQTT-2.2.1-4]
    void givenOldestNeverAcknowledged_whenAllIdentifiersAreSpent_thenItIsNotOpen() {
        int taken = 0;
        inflight.add(1, delivery());
        while (inflight.isOpen()) {
            int id = inflight.add(1, delivery());
            assertThat(id).isNotEqualTo(1);
            inflight.done(id);
            taken++;
        }
        assertThat(taken).isBetween(65_000, 65_534);
        assertThat(inflight.active()).isEqualTo(1);

        inflight.done(1);

        assertThat(inflight.isOpen()).isTrue();
        assertThat(inflight.active()).isZero();
    }

    @Test // [MQTT-4.4.0-1]
    void givenReconnect_whenSentAgain_thenInOrderAndOnlyWhatIsNotDone() {
        for (int i = 0; i < 5; i++) {
            inflight.add(i % 2 == 0 ? 1 : 2, delivery());
        }
        inflight.done(3);
        inflight.release(2);
        inflight.reconnected();
        inflight.done(4);
        assertThat(inflight.isOpen()).isFalse();
        List<Integer> again = new ArrayList<>();

        int id;
        while ((id = inflight.nextToResend()) != 0) {
            again.add(id);
            inflight.resent();
        }

        assertThat(again).containsExactly(1, 2, 5);
        assertThat(inflight.delivery(2)).isNull();
        assertThat(inflight.underWay()).isEqualTo(3);
        assertThat(inflight.isOpen()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void givenRandomSteps_whenComparedWithAModel_thenTheyAgree(long seed) {
        Random random = new Random(seed);
        Map<Integer, Byte> model = new LinkedHashMap<>();
        // Begins near the end of the identifiers, so that they wrap early on.
        for (int i = 1; i < 65_500; i++) {
            inflight.done(inflight.add(1, null));
        }
        for (int step = 0; step < 20_000; step++) {
            int kind = random.nextInt(10);
            if (kind < 4 && inflight.isOpen() && model.size() < 200) {
                int qos = 1 + random.nextInt(2);
                int id = inflight.add(qos, delivery());
                assertThat(model.put(id, qos == 1 ? Inflight.AT_LEAST_ONCE : Inflight.EXACTLY_ONCE))
                        .isNull();
            } else if (kind < 8 && !model.isEmpty()) {
                int id = new ArrayList<>(model.keySet()).get(random.nextInt(model.size()));
                if (model.get(id) == Inflight.EXACTLY_ONCE) {
                    inflight.release(id);
                    model.put(id, Inflight.RELEASED);
                } else {
                    inflight.done(id);
                    model.remove(id);
                }
            } else if (kind == 8 && random.nextInt(20) == 0) {
                inflight.reconnected();
            } else if (inflight.nextToResend() != 0) {
                inflight.resent();
            }
            assertThat(inflight.active()).isEqualTo(model.size());
            assertThat(inflight.underWay()).isBetween(0, model.size());
        }
        model.forEach((id, state) -> assertThat(inflight.state(id)).isEqualTo(state));
        inflight.reconnected();
        List<Integer> again = new ArrayList<>();
        int id;
        while ((id = inflight.nextToResend()) != 0) {
            again.add(id);
            inflight.resent();
        }
        assertThat(again).containsExactlyElementsOf(model.keySet());
        assertThat(inflight.underWay()).isEqualTo(model.size());
    }

    private static Delivery delivery() {
        Publication publication =
                Publication.of(new byte[] {'t'}, new byte[0], new byte[0], 1, false, Publication.NEVER);
        return new Delivery(publication, 1, false, null, null);
    }
}
