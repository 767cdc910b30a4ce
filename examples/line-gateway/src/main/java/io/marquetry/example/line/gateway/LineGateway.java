// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.line.gateway;

import io.marquetry.api.client.ClientPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Lets devices in that speak lines of text; to the broker they are clients like all others. */
@Component(
        configurationPid = "io.marquetry.example.line.gateway",
        service = {},
        immediate = true)
@Designate(ocd = LineGateway.Config.class)
public final class LineGateway {
    /** What an operator can set. */
    @ObjectClassDefinition(name = "Marquetry: example of a gateway")
    public @interface Config {
        /** Where to listen. */
        @AttributeDefinition(description = "HOST:PORT to listen on")
        String bind() default "127.0.0.1:1885";

        /** How many devices at once. */
        @AttributeDefinition(min = "1", description = "How many devices may be connected at once")
        int maxConnections() default 1000;

        /** How long a line may be. */
        @AttributeDefinition(min = "64", description = "How many bytes a line may have")
        int maxLineBytes() default 8192;
    }

    private final LineServer server;

    /** Opens the door; what is wrong with the configuration stops the component here, with a line that says it. */
    @Activate
    public LineGateway(Config config, @Reference ClientPort clients) throws IOException {
        if (config.maxConnections() < 1 || config.maxLineBytes() < 64) {
            throw new IllegalArgumentException("expected maxConnections of at least 1 and maxLineBytes of at least 64,"
                    + " got " + config.maxConnections() + " and " + config.maxLineBytes());
        }
        server = new LineServer(clients, address(config.bind()), config.maxConnections(), config.maxLineBytes());
    }

    private static InetSocketAddress address(String bind) {
        int colon = bind.lastIndexOf(':');
        try {
            return new InetSocketAddress(bind.substring(0, colon), Integer.parseInt(bind.substring(colon + 1)));
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IllegalArgumentException("expected bind = HOST:PORT, got \"" + bind + "\"", e);
        }
    }

    /** Closes the door. Whoever is connected still is disconnected by the broker when the port is given back. */
    @Deactivate
    void close() {
        server.close();
    }

    int port() {
        return server.port();
    }
}
