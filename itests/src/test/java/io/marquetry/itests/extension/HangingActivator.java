// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.hook.PublishHook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/**
 * An extension that offers a hook and then does not return from its start, whoever interrupts it, before a file is
 * there.
 */
public final class HangingActivator implements BundleActivator {
    /** Nothing hangs yet. */
    public HangingActivator() {}

    @Override
    public void start(BundleContext context) {
        context.registerService(PublishHook.class, new MarkHook(), null);
        while (!Files.exists(Path.of(System.getProperty("karaf.base"), "let-go"))) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void stop(BundleContext context) {}
}
