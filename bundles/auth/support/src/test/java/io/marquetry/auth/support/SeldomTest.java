// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class SeldomTest {
    private final List<String> lines = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

    /** Writes down what is logged, as {@code level: arguments}. */
    private final Logger log = (Logger) Proxy.newProxyInstance(
            Logger.class.getClassLoader(), new Class<?>[] {Logger.class}, (proxy, method, arguments) -> {
                Object[] values =
                        arguments[1] instanceof Object[] all ? all : new Object[] {arguments[1], arguments[2]};
                lines.add(method.getName() + Arrays.asList(values));
                return null;
            });

    @Test
    void givenManyInOneMoment_whenSaid_thenOneIsSaidAndTheNextTellsHowManyMore() {
        Seldom seldom = new Seldom(onlyInfo(), nanos::get);

        seldom.say("first");
        seldom.say("second");
        seldom.say("third");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
        seldom.say("fourth");

        assertThat(lines).containsExactly("info[first, ]", "info[fourth, ; 2 more like it since the last line]");
    }

    private Logger onlyInfo() {
        return (Logger) Proxy.newProxyInstance(
                Logger.class.getClassLoader(), new Class<?>[] {Logger.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("info")) {
                        method.invoke(log, arguments);
                    }
                    return null;
                });
    }
}
