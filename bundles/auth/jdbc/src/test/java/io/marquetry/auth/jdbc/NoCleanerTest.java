// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.postgresql.util.LazyCleanerImpl;

class NoCleanerTest {
    @Test
    void givenDriverOfPostgresql_whenSomethingIsRegistered_thenItIsCleanedOnceByHandAndThereIsNoThread() {
        List<Boolean> leaks = new ArrayList<>();
        var cleanable = LazyCleanerImpl.getInstance().<RuntimeException>register(new Object(), leak -> leaks.add(leak));

        cleanable.clean();
        cleanable.clean();

        assertThat(leaks).containsExactly(false);
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.matches("PostgreSQL-JDBC-Cleaner|Cleaner-\\d+"));
    }
}
