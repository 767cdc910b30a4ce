// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

/**
 * Who offers a service, and where it stands in its chain.
 *
 * @param owner the symbolic name of the bundle
 * @param name the service's {@code marquetry.name}
 * @param ranking its {@code service.ranking}; the highest comes first
 * @param id its {@code service.id}; of two equal rankings the older service comes first
 */
public record Origin(String owner, String name, int ranking, long id) {
    /** A service that is called like its bundle. */
    public Origin(String owner, int ranking, long id) {
        this(owner, owner, ranking, id);
    }

    /** Whether a service of that origin takes the place of one of this, as after an update. */
    boolean isSucceededBy(Origin other) {
        return owner.equals(other.owner) && name.equals(other.name);
    }
}
