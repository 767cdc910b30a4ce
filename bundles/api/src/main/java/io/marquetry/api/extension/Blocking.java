// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.extension;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a service class whose methods may wait for I/O. The broker calls them on a bounded executor of the extension's
 * own, never on an event loop, with the deadline of the service, and behind its circuit breaker; when too many calls
 * wait, further ones fail at once. Only services whose answers may come later can be marked.
 *
 * @since 1.0
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Blocking {}
