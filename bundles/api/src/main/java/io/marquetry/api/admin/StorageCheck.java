// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import java.util.List;
import java.util.SortedMap;

/**
 * What a check of the store has found.
 *
 * @param records how many records were read, by the names of the tables
 * @param damages how many things are not as they were written, or are missing: something that was acknowledged may be
 *     lost
 * @param leftovers how many records belong to nothing any more; they do no harm, and the next start removes them
 * @param sentences what they are, damage first; at most 100
 * @since 1.0
 */
public record StorageCheck(SortedMap<String, Long> records, long damages, long leftovers, List<String> sentences) {
    public StorageCheck {
        sentences = List.copyOf(sentences);
    }

    /** Whether nothing is damaged. */
    public boolean isSound() {
        return damages == 0;
    }
}
