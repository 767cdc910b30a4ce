// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens {@code data/shell/socket}, by which {@code bin/marquetry shell} reaches the shell of a broker that runs.
 * Whoever owns the files of the broker may use it, and nobody else.
 */
@Component(service = {})
public final class ShellSocket {
    private static final Logger LOG = LoggerFactory.getLogger(ShellSocket.class);
    private static final int SESSIONS = 8;
    private static final Duration IDLE = Duration.ofMinutes(10);

    private final @Nullable ShellServer server;

    /** Opens it; when it cannot be opened, the broker goes on without. */
    @Activate
    public ShellSocket(@Reference SessionFactory shell, BundleContext context) {
        Path socket = Path.of(context.getProperty("karaf.data"), "shell", "socket");
        ShellServer opened = null;
        try {
            opened = ShellServer.open(socket, shell, SESSIONS, IDLE);
        } catch (IOException | UnsupportedOperationException e) {
            LOG.error("cannot open {}, so bin/marquetry shell cannot reach this broker: {}", socket, e.toString());
        }
        server = opened;
    }

    @Deactivate
    void close() {
        if (server != null) {
            server.close();
        }
    }
}
