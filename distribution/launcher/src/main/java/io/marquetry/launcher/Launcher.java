// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.karaf.main.Main;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.FrameworkStartLevel;

/**
 * Starts the container inside this JVM and stays until it has stopped.
 *
 * <p>{@code bin/marquetry} finds Java, then runs this class with the system properties {@code marquetry.home}, the
 * unpacked archive, and {@code marquetry.base}, the directory that holds everything that changes. The exit code is 0
 * after a clean stop, by SIGTERM and SIGINT too, and 1 when the broker could not start or did not stop in time.
 */
public final class Launcher {
    private static final int STOP_MILLIS = 9_000;
    /** As org.osgi.framework.startlevel.beginning in lib/etc/config.properties. */
    private static final int ALL_STARTED = 100;
    /** How the broker says that it lets clients in. */
    private static final String READY = "(&(objectClass=io.marquetry.core.port.Door)(ready=true))";

    private final BaseDirectory base;
    private final BaseLock lock;
    private final Main container;
    private final AtomicBoolean leaving = new AtomicBoolean();

    private Launcher(BaseDirectory base, BaseLock lock) {
        this.base = base;
        this.lock = lock;
        this.container = new Main(new String[0]);
    }

    /**
     * Runs the broker.
     *
     * @param args one word: {@code foreground}, {@code background} or {@code console}
     */
    public static void main(String[] args) {
        int exitCode;
        try {
            Mode mode = Mode.parse(args);
            BaseDirectory base = new BaseDirectory(
                    Path.of(System.getProperty("marquetry.home")), Path.of(System.getProperty("marquetry.base")));
            base.prepare();
            try (BaseLock lock = BaseLock.acquire(base)) {
                base.refreshContainerSettings();
                // Before the first class of the container: its loggers are set up as it is loaded.
                base.describeToContainer();
                mode.describeToContainer();
                exitCode = new Launcher(base, lock).run(mode);
            }
        } catch (LaunchException e) {
            System.err.println("marquetry: " + e.getMessage());
            exitCode = 1;
        }
        System.exit(exitCode);
    }

    private int run(Mode mode) {
        if (mode == Mode.FOREGROUND) {
            System.setOut(FirstMessageHint.wrap(System.out, base));
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopOnSignal, "marquetry-stop"));
        try {
            container.launch();
            if (mode == Mode.BACKGROUND) {
                reportStart(container.getFramework());
            }
            limitStop(container.getFramework());
            container.awaitShutdown();
            leaving.set(true);
            return 0;
        } catch (Exception e) {
            leaving.set(true);
            System.err.println("marquetry: the container did not start: " + e);
            e.printStackTrace();
            return 1;
        }
    }

    /**
     * Writes the line that {@code bin/marquetry start} waits for: every bundle has been started, and clients are let
     * in, which a store that is read, or an extension that is required, may put off.
     */
    private static void reportStart(Framework framework) throws InvalidSyntaxException {
        FrameworkStartLevel level = framework.adapt(FrameworkStartLevel.class);
        BundleContext context = framework.getBundleContext();
        AtomicBoolean reported = new AtomicBoolean();
        Runnable look = () -> {
            if (level.getStartLevel() >= ALL_STARTED && isReady(context) && reported.compareAndSet(false, true)) {
                System.out.println("started");
            }
        };
        context.addFrameworkListener(event -> look.run());
        context.addServiceListener((AllServiceListener) event -> look.run(), READY);
        look.run(); // all that may have been before somebody listened
    }

    private static boolean isReady(BundleContext context) {
        try {
            return context.getAllServiceReferences(null, READY) != null;
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IllegalStateException e) {
            return false; // the container stops
        }
    }

    /** Ends the process when the container is still stopping after the time that operators and supervisors grant. */
    private static void limitStop(Framework framework) {
        SynchronousBundleListener listener = event -> {
            if (event.getType() == BundleEvent.STOPPING && event.getBundle() == framework) {
                TimerTask giveUp = new TimerTask() {
                    @Override
                    public void run() {
                        System.err.println("marquetry: not everything stopped within " + STOP_MILLIS / 1000 + " s");
                        Runtime.getRuntime().halt(1);
                    }
                };
                new Timer("marquetry-stop-limit", true).schedule(giveUp, STOP_MILLIS);
            }
        };
        framework.getBundleContext().addBundleListener(listener);
    }

    /**
     * Karaf stops the container on SIGTERM by itself once it is up; this hook does it for SIGINT and for a signal that
     * comes earlier. The JVM would then exit with 128 + the signal's number; a clean stop is no failure, so it halts
     * with 0 itself.
     */
    private void stopOnSignal() {
        if (leaving.get()) {
            return;
        }
        Framework framework = container.getFramework();
        try {
            if (framework != null) {
                framework.stop();
                framework.waitForStop(STOP_MILLIS);
            }
        } catch (BundleException | InterruptedException e) {
            System.err.println("marquetry: the container did not stop cleanly: " + e);
            Runtime.getRuntime().halt(1);
        }
        lock.close();
        Runtime.getRuntime().halt(0);
    }

    /** How the broker speaks to whoever started it. */
    enum Mode {
        FOREGROUND("INFO", false),
        BACKGROUND("OFF", false),
        CONSOLE("OFF", true);

        private final String consoleLogLevel;
        private final boolean shell;

        Mode(String consoleLogLevel, boolean shell) {
            this.consoleLogLevel = consoleLogLevel;
            this.shell = shell;
        }

        static Mode parse(String... args) {
            for (Mode mode : values()) {
                if (args.length == 1 && mode.name().toLowerCase(Locale.ROOT).equals(args[0])) {
                    return mode;
                }
            }
            throw new LaunchException(
                    "expected one word, foreground, background or console, but got: " + String.join(" ", args));
        }

        private void describeToContainer() {
            System.setProperty("karaf.log.console", consoleLogLevel);
            System.setProperty("karaf.startLocalConsole", Boolean.toString(shell));
            System.setProperty("karaf.startRemoteShell", "false");
        }
    }
}
