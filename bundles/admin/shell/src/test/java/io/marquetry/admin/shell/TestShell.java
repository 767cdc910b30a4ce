// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.felix.gogo.runtime.Token;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.Function;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.apache.karaf.shell.impl.action.command.ManagerImpl;
import org.apache.karaf.shell.impl.console.SessionFactoryImpl;
import org.jspecify.annotations.Nullable;

/** Karaf's shell with the commands of this bundle, without a container; services are put in and taken out by hand. */
final class TestShell implements AutoCloseable {
    private final Streams threads = new Streams();
    private final SessionFactoryImpl shell;

    /**
     * A command that still runs when the shell is closed would put the streams of {@code System} back, and the next
     * shell could not begin.
     */
    private static final class Streams extends ThreadIOImpl {
        private boolean stopped;

        @Override
        public synchronized void setStreams(InputStream in, PrintStream out, PrintStream err) {
            if (!stopped) {
                super.setStreams(in, out, err);
            }
        }

        @Override
        public synchronized void close() {
            if (!stopped) {
                super.close();
            }
        }

        @Override
        public synchronized void stop() {
            stopped = true;
            super.stop();
        }
    }

    /** What a command has printed, and what it has thrown. */
    record Answer(String out, String err, @Nullable Exception failure) {
        List<String> lines() {
            return out.lines().toList();
        }

        String sentence() {
            if (failure == null) {
                throw new AssertionError("expected a failure, printed: " + out);
            }
            return String.valueOf(failure.getMessage());
        }
    }

    TestShell(Object... services) {
        threads.start();
        shell = new SessionFactoryImpl(threads) {
            // As the container's own does.
            @Override
            protected Function wrap(Command command) {
                Function plain = super.wrap(command);
                return (session, arguments) -> plain.execute(
                        session,
                        arguments.stream()
                                .map(argument -> argument instanceof Token ? argument.toString() : argument)
                                .collect(Collectors.toCollection(ArrayList::new)));
            }
        };
        ManagerImpl manager = new ManagerImpl(shell, shell);
        List.<Class<?>>of(
                        ClientListCommand.class,
                        ClientInfoCommand.class,
                        ClientKickCommand.class,
                        SubscriptionListCommand.class,
                        TopicListCommand.class,
                        MetricsCommand.class,
                        AuthzCheckCommand.class,
                        AuthzCacheCleanCommand.class,
                        ListenerListCommand.class,
                        ListenerStartCommand.class,
                        ListenerStopCommand.class,
                        ListenerRestartCommand.class,
                        ExtensionListCommand.class,
                        ExtensionInfoCommand.class,
                        ExtensionTopCommand.class,
                        ExtensionWhyCommand.class,
                        ExtensionInstallCommand.class,
                        ExtensionUpdateCommand.class,
                        ExtensionRemoveCommand.class,
                        ExtensionRestartCommand.class,
                        ExtensionReleaseCommand.class,
                        ExtensionNameCompleter.class,
                        StoreInfoCommand.class,
                        StoreVerifyCommand.class,
                        StoreBackupCommand.class,
                        UserAddCommand.class,
                        UserDeleteCommand.class,
                        UserListCommand.class,
                        UserImportCommand.class,
                        ClientIdCompleter.class,
                        BanAddCommand.class,
                        BanDeleteCommand.class,
                        BanListCommand.class,
                        BanKindCompleter.class,
                        ListenerIdCompleter.class,
                        MetricNameCompleter.class)
                .forEach(manager::register);
        List.of(services).forEach(shell::register);
    }

    ThreadIOImpl threads() {
        return threads;
    }

    SessionFactory factory() {
        return shell;
    }

    void register(Object service) {
        shell.register(service);
    }

    void unregister(Object service) {
        shell.unregister(service);
    }

    /** Runs one line, as a user types it. */
    Answer run(String line) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Exception failure = null;
        Session session = shell.create(InputStream.nullInputStream(), print(out), print(err));
        try {
            session.execute(line);
        } catch (Exception e) {
            failure = e;
        } finally {
            session.close();
        }
        return new Answer(out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8), failure);
    }

    private static PrintStream print(ByteArrayOutputStream to) {
        return new PrintStream(to, true, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        try {
            shell.stop();
        } finally {
            threads.stop();
        }
    }
}
