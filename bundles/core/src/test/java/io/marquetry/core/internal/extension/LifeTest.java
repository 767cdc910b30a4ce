// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LifeTest {
    private static final long HELD = ExtensionServices.COMES_BACK_MILLIS;

    @TempDir
    Path data;

    private Life life;

    @BeforeEach
    void begin() throws Exception {
        life = new Life("a", Memory.of(data.resolve("a")));
        life.active();
    }

    @Test
    void givenComponentThatIsMadeAnew_whenLookedAtWhileItsPlaceIsHeld_thenTheExtensionIsNotLost() {
        assertThat(life.isLost(1_000)).isFalse();
        assertThat(life.isLost(1_000 + HELD)).isFalse();

        life.well();

        assertThat(life.isLost(1_000 + 10 * HELD)).isFalse();
    }

    @Test
    void givenComponentThatDoesNotComeBack_whenItsPlaceIsGivenUp_thenTheExtensionIsLost() {
        assertThat(life.isLost(1_000)).isFalse();

        assertThat(life.isLost(1_001 + HELD)).isTrue();
    }
}
