// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static io.marquetry.core.internal.session.SessionRecord.bytes;
import static io.marquetry.core.internal.session.SessionRecord.text;
import static io.marquetry.core.internal.session.SessionRecord.writeBytes;
import static io.marquetry.core.internal.session.SessionRecord.writeText;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.client.Template;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.core.internal.message.MessageRecord;
import io.marquetry.core.internal.message.Messages;
import io.marquetry.core.internal.message.Publication;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A will as it lies in the store, with what must be known of its client to publish it. Of the client's own rules only
 * what they say of this one message is kept.
 */
final class WillRecord {
    private static final byte NO_RULE = 0;
    private static final byte ALLOWED = 1;
    private static final byte DENIED = 2;

    private WillRecord() {}

    static void write(Will will, DataOutputStream out) throws IOException {
        Message message = will.message();
        out.writeInt((int) will.delaySeconds());
        out.writeLong(message.expirySeconds());
        out.writeByte(rule(will));
        writeClient(will.client(), out);
        Publication content = Messages.publication(withExpiry(message, -1), 0, 0);
        ByteBuffer bytes = ByteBuffer.allocate(MessageRecord.length(content));
        MessageRecord.write(content, 0, bytes);
        writeBytes(out, bytes.array());
    }

    /** Returns null when its client's own rules did not allow it, and it cannot be told by a rule that they do not. */
    static @Nullable Will read(DataInputStream in) throws IOException {
        long delay = in.readInt() & 0xFFFF_FFFFL;
        long expiry = in.readLong();
        byte rule = in.readByte();
        ClientInfo client = readClient(in);
        Publication content = MessageRecord.read(ByteBuffer.wrap(bytes(in)), 0);
        Message message = withExpiry(Messages.of(content, QoS.of(content.qos()), content.retain(), 0), expiry);
        List<AccessRule> rules = rule == NO_RULE ? List.of() : rules(rule, message.topic());
        return rules == null ? null : new Will(client, rules, message, delay);
    }

    /** What says the same of this topic; a denial that cannot be said is null. */
    private static @Nullable List<AccessRule> rules(byte rule, String topic) {
        try {
            String exactly = "eq " + topic;
            if (Template.parse(exactly).isConstant()) {
                Decision decision = rule == ALLOWED ? Decision.ALLOW : Decision.DENY;
                return List.of(new AccessRule(decision, AccessRule.Scope.PUBLISH, exactly));
            }
        } catch (IllegalArgumentException e) {
            // The topic looks like a placeholder.
        }
        return rule == DENIED ? null : List.of();
    }

    private static byte rule(Will will) {
        Message message = will.message();
        Decision decision = AccessRule.decide(
                will.rules(), will.client(), new Action.Publish(message.qos(), message.retain()), message.topic());
        return decision instanceof Decision.Allow ? ALLOWED : decision instanceof Decision.Deny ? DENIED : NO_RULE;
    }

    @SuppressWarnings("NullAway") // it does not see that the array of a record in another bundle may be null
    private static Message withExpiry(Message message, long seconds) {
        return new Message(
                message.topic(),
                message.payload(),
                message.qos(),
                message.retain(),
                message.utf8Payload(),
                seconds,
                message.contentType(),
                message.responseTopic(),
                message.correlationData(),
                message.userProperties());
    }

    private static void writeClient(ClientInfo client, DataOutputStream out) throws IOException {
        writeText(out, client.clientId());
        writeOptional(out, client.username());
        out.writeByte(client.version().level());
        InetSocketAddress address = client.remoteAddress();
        InetAddress ip = address == null ? null : address.getAddress();
        writeBytes(out, ip == null ? new byte[0] : ip.getAddress());
        out.writeInt(address == null ? 0 : address.getPort());
        writeText(out, client.listener());
        out.writeBoolean(client.cleanStart());
        out.writeInt(client.keepAliveSeconds());
        out.writeLong(client.connectedAt());
        PeerCertificate certificate = client.certificate();
        out.writeBoolean(certificate != null);
        if (certificate != null) {
            writeOptional(out, certificate.commonName());
            writeOptional(out, certificate.subject());
        }
        writeText(out, client.mountpoint());
        out.writeBoolean(client.superuser());
        out.writeInt(client.attributes().size());
        for (Map.Entry<String, String> attribute : client.attributes().entrySet()) {
            writeText(out, attribute.getKey());
            writeText(out, attribute.getValue());
        }
    }

    private static ClientInfo readClient(DataInputStream in) throws IOException {
        String clientId = text(in);
        String username = optional(in);
        ProtocolVersion version = version(in.readByte());
        byte[] ip = bytes(in);
        int port = in.readInt();
        InetSocketAddress address = ip.length == 0 ? null : new InetSocketAddress(InetAddress.getByAddress(ip), port);
        String listener = text(in);
        boolean cleanStart = in.readBoolean();
        int keepAlive = in.readInt();
        long connectedAt = in.readLong();
        PeerCertificate certificate = in.readBoolean() ? new PeerCertificate(optional(in), optional(in)) : null;
        String mountpoint = text(in);
        boolean superuser = in.readBoolean();
        Map<String, String> attributes = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            attributes.put(text(in), text(in));
        }
        return new ClientInfo(
                clientId,
                username,
                version,
                address,
                listener,
                cleanStart,
                keepAlive,
                connectedAt,
                certificate,
                mountpoint,
                superuser,
                attributes);
    }

    private static ProtocolVersion version(int level) {
        for (ProtocolVersion version : ProtocolVersion.values()) {
            if (version.level() == level) {
                return version;
            }
        }
        throw new IllegalArgumentException("expected the level of a protocol, not " + level);
    }

    private static void writeOptional(DataOutputStream out, @Nullable String text) throws IOException {
        out.writeBoolean(text != null);
        if (text != null) {
            writeText(out, text);
        }
    }

    private static @Nullable String optional(DataInputStream in) throws IOException {
        return in.readBoolean() ? text(in) : null;
    }
}
