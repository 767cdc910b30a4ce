// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.Door;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;

/** One WebSocket listener for each {@code conf/io.marquetry.transport.ws-NAME.cfg}. */
@Component(
        service = {},
        configurationPid = WsListenerComponent.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class WsListenerComponent {
    static final String PID = ListenerType.PID + "ws";

    private final ListenerDirectory directory;
    private final Listener listener;

    /** Opens the listener. */
    @Activate
    public WsListenerComponent(
            @Reference Door door, @Reference ListenerDirectory directory, Map<String, Object> properties) {
        this.directory = directory;
        this.listener = directory.open(ListenerType.WS, door, properties);
    }

    @Modified
    void modified(Map<String, Object> properties) {
        listener.configure(properties);
    }

    @Deactivate
    void close() {
        directory.close(listener);
    }
}
