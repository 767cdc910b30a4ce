// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Gives a test class a broker of its own, which starts before its first test and stops after its last. Such a class
 * does not run against a broker named by {@code -Dmarquetry.port}. Use it sparingly: every start costs seconds.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
public @interface StartedWith {
    /** Environment variables, {@code NAME=VALUE}. */
    String[] env() default {};

    /** Configuration, {@code PID:key=value}. */
    String[] conf() default {};
}
