// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.SynchronousBundleListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be done before the broker ends, once: the door closes, everyone is told, and what was noted meanwhile is
 * committed. When the whole framework ends that must happen before it stops the first bundle, since the store is an
 * extension and goes before the core does.
 */
final class Goodbye implements SynchronousBundleListener {
    private static final Logger LOG = LoggerFactory.getLogger(Goodbye.class);
    private static final int MOST_SECONDS = 5;

    private final Broker broker;
    private final Runnable closeDoor;
    private boolean said;

    Goodbye(Broker broker, Runnable closeDoor) {
        this.broker = broker;
        this.closeDoor = closeDoor;
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        if (event.getType() == BundleEvent.STOPPING && event.getBundle().getBundleId() == Constants.SYSTEM_BUNDLE_ID) {
            say();
        }
    }

    /** Waits, though not for ever. */
    synchronized void say() {
        if (said) {
            return;
        }
        said = true;
        closeDoor.run();
        await(broker.shutDown(), "not every client could be told goodbye within {} s");
        await(broker.journals().committed(), "not everything that was to survive could be written within {} s");
    }

    private static void await(CompletionStage<?> stage, String late) {
        try {
            stage.toCompletableFuture().get(MOST_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn(late, MOST_SECONDS, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
