// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.Template;
import io.marquetry.api.config.BoundedPattern.GaveUpException;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.ProtocolException;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.port.Terms;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a client between CONNECT and CONNACK. First what it says itself, its certificate and its listener
 * say; when it is authenticated, what the authenticator says besides. A mountpoint that needs the latter is known only
 * then; until then the client has none.
 */
final class Newcomer {
    private final Connection connection;
    private final Packet.Connect connect;
    private final Terms terms;
    private final MqttSettings settings;
    private final Identity identity;
    private final Template template;
    private final long connectedAt;
    private ClientInfo client;
    private Mountpoint mountpoint = Mountpoint.NONE;

    /**
     * Who sends a CONNECT.
     *
     * @param assign makes an identifier for a client that has none
     * @throws ProtocolException with what the CONNACK says, when the client must be refused
     */
    Newcomer(Connection connection, Packet.Connect connect, Terms terms, MqttSettings settings, Supplier<String> assign)
            throws ProtocolException {
        this.connection = connection;
        this.connect = connect;
        this.terms = terms;
        this.settings = settings;
        this.identity = Identity.of(connect, connection.wire().certificate(), terms, settings, assign);
        this.template = Template.parse(terms.mountpoint());
        this.connectedAt = connection.context().wallClock.getAsLong();
        this.client = info("", false, Map.of());
        Map<String, String> own = attributes();
        if (!own.isEmpty()) {
            this.client = info("", false, own);
        }
        if (!isMountedLater()) {
            mount();
        }
    }

    Identity identity() {
        return identity;
    }

    /** The highest quality of service that it is granted. */
    int maxQos() {
        return Math.min(terms.maxQos(), settings.maxQosAllowed());
    }

    /** Logs that something does not fit that is made of what is known of it. */
    void misnamed(ProtocolException e) {
        ConnectionLog.misnamed(connection, identity.clientId(), identity.username(), e);
    }

    /** As far as it is known now. */
    ClientInfo client() {
        return client;
    }

    /** What stands in front of its topics; nothing while that is not known. */
    Mountpoint mountpoint() {
        return mountpoint;
    }

    /** Whether what stands in front of its topics is known only when it is authenticated. */
    boolean isMountedLater() {
        return template.placeholders().stream().anyMatch(name -> name.startsWith("client_attrs."));
    }

    /**
     * An authenticator has accepted it.
     *
     * @throws ProtocolException when what the authenticator says of it does not fit into its mountpoint
     */
    void accepted(AuthResult.Accepted result) throws ProtocolException {
        if (result.superuser() || !result.attributes().isEmpty()) {
            Map<String, String> both = new LinkedHashMap<>(client.attributes());
            both.putAll(result.attributes());
            client = info(mountpoint.text(), result.superuser(), both);
        }
        if (isMountedLater()) {
            mount();
        }
    }

    /** What it has by its names; a client for which that takes too long cannot be told from one that lacks it. */
    private Map<String, String> attributes() throws ProtocolException {
        try {
            return settings.clientAttributes().of(client);
        } catch (GaveUpException e) {
            throw new ProtocolException(ReasonCode.NOT_AUTHORIZED, "clientAttributes: " + e.getMessage());
        }
    }

    private void mount() throws ProtocolException {
        mountpoint = Mountpoint.of(fill(template, "mountpoint of " + client.listener()));
        if (!mountpoint.isNone()) {
            client = info(mountpoint.text(), client.superuser(), client.attributes());
        }
    }

    private ClientInfo info(String mountedAt, boolean superuser, Map<String, String> attributes) {
        return new ClientInfo(
                identity.clientId(),
                identity.username(),
                connect.version(),
                connection.wire().remoteAddress(),
                connection.wire().entrance().listener(),
                connect.cleanStart(),
                keepAlive(),
                connectedAt,
                connection.wire().certificate(),
                mountedAt,
                superuser,
                attributes);
    }

    int keepAlive() {
        boolean ours = connect.version() == ProtocolVersion.MQTT_5 && settings.serverKeepalive() > 0;
        return ours ? settings.serverKeepalive() : connect.keepAliveSeconds();
    }

    /**
     * Fills a text that becomes a part of topics.
     *
     * @param what the text is, for the sentence
     * @throws ProtocolException when a value is missing, or would make more than a part of one level of itself
     */
    String fill(Template text, String what) throws ProtocolException {
        String filled = text.topic(client);
        if (filled != null) {
            return filled;
        }
        boolean first = text.prefix().isEmpty();
        for (String name : text.placeholders()) {
            if (Template.parse((first ? "" : "/") + "${" + name + "}").topic(client) == null) {
                throw new ProtocolException(
                        refusalFor(name),
                        "expected " + called(name) + " without + # / and null characters"
                                + (first ? " that does not begin with $" : "") + ", since it stands in the " + what);
            }
            first = false;
        }
        throw new IllegalStateException("expected a placeholder that " + client + " cannot fill in " + text);
    }

    private static ReasonCode refusalFor(String name) {
        return switch (name) {
            case "clientid" -> ReasonCode.CLIENT_IDENTIFIER_NOT_VALID;
            case "username" -> ReasonCode.BAD_USER_NAME_OR_PASSWORD;
            default -> ReasonCode.NOT_AUTHORIZED;
        };
    }

    private static String called(String name) {
        return switch (name) {
            case "clientid" -> "a client identifier";
            case "username" -> "a user name";
            default -> "a ${" + name + "}";
        };
    }

    /** What an MQTT 5 client that asks for it is told [MQTT-3.1.2-28]; null for nothing. */
    @Nullable
    String responseInformation() throws ProtocolException {
        String text = settings.responseInformation();
        return text.isEmpty() ? null : fill(Template.parse(text), "response information");
    }
}
