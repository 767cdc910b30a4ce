// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.message;

/** A message as far as its topic name goes, wherever its bytes lie. */
public interface HasTopic {
    /** A hash of the topic name, the same on every node; read from the bytes each time. */
    int topicHash();

    /** The hash of these bytes. */
    static int hash(byte[] topic, int length) {
        int hash = 1;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + topic[i];
        }
        return hash;
    }
}
