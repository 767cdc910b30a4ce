// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;

/**
 * Where the folders of extensions are.
 *
 * @param deploy what the operator puts in
 * @param conf the configuration
 * @param data what is remembered
 * @param shelf the extensions that travel with the broker, inactive; it need not be there
 */
public record Places(Path deploy, Path conf, Path data, Path shelf) {
    /** As the container's properties {@code marquetry.deploy} and so on say; null when there is no such folder. */
    public static @Nullable Places of(BundleContext context) {
        String deploy = context.getProperty("marquetry.deploy");
        String conf = context.getProperty("marquetry.conf");
        String data = context.getProperty("marquetry.data");
        String shelf = context.getProperty("marquetry.extensions");
        return deploy == null || conf == null || data == null || shelf == null
                ? null
                : new Places(Path.of(deploy), Path.of(conf), Path.of(data, "extensions"), Path.of(shelf));
    }
}
