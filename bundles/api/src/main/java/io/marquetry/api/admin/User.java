// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

/**
 * A user that the broker keeps.
 *
 * @param name the user name, or the client identifier where the store is kept by those
 * @param superuser whether he may publish and subscribe to everything
 * @since 1.0
 */
public record User(String name, boolean superuser) {}
