// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** An extension that begins a thread and forgets it. */
public final class ThreadLeavingActivator implements BundleActivator {
    /** No thread yet. */
    public ThreadLeavingActivator() {}

    @Override
    public void start(BundleContext context) {
        Thread thread = new Thread(
                () -> {
                    while (true) {
                        LockSupport.parkNanos(100_000_000);
                    }
                },
                "left-behind");
        thread.setDaemon(true);
        thread.setContextClassLoader(ThreadLeavingActivator.class.getClassLoader());
        thread.start();
    }

    @Override
    public void stop(BundleContext context) {}
}
