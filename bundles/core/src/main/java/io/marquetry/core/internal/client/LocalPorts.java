// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.client;

import io.marquetry.api.client.ClientPort;
import io.marquetry.core.internal.connection.Connection;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.port.Wire;
import java.util.List;
import java.util.function.Function;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;

/** Gives each extension a door of its own, which is shut when the extension lets go of it or stops. */
public final class LocalPorts implements ServiceFactory<ClientPort> {
    private final List<Home> homes;
    private final Function<Wire, Connection> door;

    /** @param door takes a wire in; on the wire's loop */
    public LocalPorts(List<Home> homes, Function<Wire, Connection> door) {
        this.homes = homes;
        this.door = door;
    }

    /** A door for an extension by this name. */
    public LocalPort open(String owner) {
        return new LocalPort(homes, door, owner);
    }

    @Override
    public ClientPort getService(Bundle bundle, ServiceRegistration<ClientPort> registration) {
        return open(String.valueOf(bundle.getSymbolicName()));
    }

    @Override
    public void ungetService(Bundle bundle, ServiceRegistration<ClientPort> registration, ClientPort port) {
        ((LocalPort) port).close();
    }
}
