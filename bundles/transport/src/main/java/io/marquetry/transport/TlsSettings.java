// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.Keys;

/** Which certificate a listener presents. */
record TlsSettings(String certificate, String key) {
    static TlsSettings read(Keys keys) {
        return new TlsSettings(keys.string("certificate", ""), keys.string("key", ""));
    }
}
