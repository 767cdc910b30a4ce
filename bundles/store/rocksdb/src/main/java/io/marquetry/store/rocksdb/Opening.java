// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.StoreException;
import io.marquetry.store.rocksdb.NotYetException.Obstacle;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the store, and tries again every second while what is in the way can go away. There is no {@link RocksStore}
 * before that, so the broker's listeners stay closed. Damage is not waited out: the activation fails.
 */
@Component(
        service = {},
        configurationPid = Settings.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
public final class Opening {
    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);
    private static final long AGAIN_MILLIS = 1000;
    private static final long CLOSE_MILLIS = 5000;
    private static final long TELL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final @Nullable File nativeCode;
    private final Settings settings;
    private final Function<EngineRoom, Runnable> publish;
    private final Thread again = new Thread(this::tryAgain, "marquetry-store-opening");

    // guarded by this
    private boolean closed;
    private @Nullable EngineRoom room;
    private @Nullable Runnable withdraw;

    // of whoever opens
    private @Nullable Obstacle obstacle;
    private long told;

    /** Opens the store, or begins to try. */
    @Activate
    public Opening(BundleContext context, Map<String, Object> properties) throws StoreException {
        this(context.getDataFile(""), Settings.read(properties, Path.of(base(context))), room -> {
            ServiceRegistration<EngineRoom> registration = context.registerService(EngineRoom.class, room, null);
            return registration::unregister;
        });
    }

    /**
     * Begins outside a container.
     *
     * @param publish is given what is open, and returns how that is taken back
     */
    Opening(@Nullable File nativeCode, Settings settings, Function<EngineRoom, Runnable> publish)
            throws StoreException {
        this.nativeCode = nativeCode;
        this.settings = settings;
        this.publish = publish;
        try {
            opened(open(nativeCode, settings));
        } catch (NotYetException e) {
            tell(e);
            again.setDaemon(true);
            again.start();
        }
    }

    /** Opens it once, or makes it. */
    static EngineRoom open(@Nullable File nativeCode, Settings settings) throws StoreException {
        NativeCode.load(nativeCode);
        return EngineRoom.open(settings);
    }

    private static String base(BundleContext context) {
        String base = context.getProperty("karaf.base");
        return base == null ? "" : base;
    }

    private void tryAgain() {
        try {
            while (isWantedAfterAWhile()) {
                if (isWorthIt() && succeeds()) {
                    return;
                }
            }
        } catch (StoreException | RuntimeException | LinkageError e) {
            LOG.error("{}; that does not pass, so it is not tried again", e.getMessage(), e);
        }
    }

    private synchronized boolean isWantedAfterAWhile() {
        try {
            if (!closed) {
                wait(AGAIN_MILLIS);
            }
        } catch (InterruptedException e) {
            closed = true; // by somebody who ends all threads
        }
        return !closed;
    }

    /** An engine reads all of its log before it finds that it cannot write, and complains: a small file comes first. */
    private boolean isWorthIt() {
        if (obstacle != Obstacle.NO_ROOM || isTimeToTell()) {
            return true;
        }
        try {
            return new Space(settings.path(), settings.minFreeBytes()).probe();
        } catch (IOException e) {
            return true; // something else than a full disk: the next try tells what
        }
    }

    private boolean succeeds() throws StoreException {
        try {
            opened(open(nativeCode, settings));
            return true;
        } catch (NotYetException e) {
            if (e.obstacle() != obstacle || isTimeToTell()) {
                tell(e);
            }
            return false;
        }
    }

    /** Whether a thread is at it. */
    boolean isTrying() {
        return again.isAlive();
    }

    private boolean isTimeToTell() {
        return System.nanoTime() - told > TELL_NANOS;
    }

    private void tell(NotYetException e) {
        obstacle = e.obstacle();
        told = System.nanoTime();
        LOG.warn(
                "{}; it waits {}, and opens by itself then",
                e.getMessage(),
                e.obstacle().waits());
    }

    private void opened(EngineRoom its) {
        Runnable back;
        try {
            back = publish.apply(its);
        } catch (RuntimeException e) {
            discard(its); // the bundle has been stopped meanwhile
            throw e;
        }
        synchronized (this) {
            if (!closed) {
                room = its;
                withdraw = back;
                return;
            }
        }
        back.run();
        discard(its);
    }

    /** The store closes what it has taken. */
    private static void discard(EngineRoom its) {
        if (its.take()) {
            its.close();
        }
    }

    /** Ends trying, or has the store closed. */
    @Deactivate
    void close() {
        EngineRoom its;
        Runnable back;
        synchronized (this) {
            closed = true;
            notifyAll();
            its = room;
            back = withdraw;
        }
        try {
            again.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (back != null && its != null) {
            back.run();
            discard(its);
        }
    }
}
