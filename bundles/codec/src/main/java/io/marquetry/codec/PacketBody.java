// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.PacketEncoder.binaryLength;
import static io.marquetry.codec.PacketEncoder.stringLength;
import static io.marquetry.codec.PacketEncoder.writeBinary;
import static io.marquetry.codec.PacketEncoder.writeString;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;

/** Measures and writes what follows the fixed header. The two switches mirror each other. */
final class PacketBody {
    private PacketBody() {}

    static int length(Packet packet, ProtocolVersion version) {
        boolean v5 = version == ProtocolVersion.MQTT_5;
        if (packet instanceof Packet.Publish publish) {
            return stringLength(publish.topic())
                    + (publish.qos() == QoS.AT_MOST_ONCE ? 0 : 2)
                    + section(publish.properties(), v5)
                    + publish.payload().length;
        } else if (packet instanceof Packet.Ack ack) {
            return 2 + reasonLength(ack.reason(), ack.properties(), v5);
        } else if (packet instanceof Packet.Connect connect) {
            return connectLength(connect, version, v5);
        } else if (packet instanceof Packet.ConnAck connAck) {
            return 2 + section(connAck.properties(), v5);
        } else if (packet instanceof Packet.Subscribe subscribe) {
            int length = 2 + section(subscribe.properties(), v5);
            for (Packet.Subscribe.Request request : subscribe.subscriptions()) {
                length += stringLength(request.filter()) + 1;
            }
            return length;
        } else if (packet instanceof Packet.SubAck subAck) {
            return 2 + section(subAck.properties(), v5) + subAck.reasons().size();
        } else if (packet instanceof Packet.Unsubscribe unsubscribe) {
            int length = 2 + section(unsubscribe.properties(), v5);
            for (String filter : unsubscribe.filters()) {
                length += stringLength(filter);
            }
            return length;
        } else if (packet instanceof Packet.UnsubAck unsubAck) {
            return v5
                    ? 2
                            + section(unsubAck.properties(), true)
                            + unsubAck.reasons().size()
                    : 2;
        } else if (packet instanceof Packet.Disconnect disconnect) {
            return reasonLength(disconnect.reason(), disconnect.properties(), v5);
        } else if (packet instanceof Packet.Auth auth) {
            requireV5(v5);
            return reasonLength(auth.reason(), auth.properties(), true);
        }
        return 0; // PINGREQ, PINGRESP
    }

    static void write(Packet packet, ProtocolVersion version, ByteBuf out) {
        boolean v5 = version == ProtocolVersion.MQTT_5;
        if (packet instanceof Packet.Publish publish) {
            writeString(out, publish.topic());
            if (publish.qos() != QoS.AT_MOST_ONCE) {
                out.writeShort(publish.packetId());
            }
            writeSection(out, publish.properties(), v5);
            out.writeBytes(publish.payload());
        } else if (packet instanceof Packet.Ack ack) {
            out.writeShort(ack.packetId());
            writeReason(out, ack.reason(), ack.properties(), v5);
        } else if (packet instanceof Packet.Connect connect) {
            writeConnect(out, connect, version, v5);
        } else if (packet instanceof Packet.ConnAck connAck) {
            writeConnAck(out, connAck, version, v5);
        } else if (packet instanceof Packet.Subscribe subscribe) {
            out.writeShort(subscribe.packetId());
            writeSection(out, subscribe.properties(), v5);
            for (Packet.Subscribe.Request request : subscribe.subscriptions()) {
                writeString(out, request.filter());
                out.writeByte(options(request, v5));
            }
        } else if (packet instanceof Packet.SubAck subAck) {
            out.writeShort(subAck.packetId());
            writeSection(out, subAck.properties(), v5);
            for (ReasonCode reason : subAck.reasons()) {
                out.writeByte(v5 ? reason.value() : ReturnCodes.ofSubAck(reason));
            }
        } else if (packet instanceof Packet.Unsubscribe unsubscribe) {
            out.writeShort(unsubscribe.packetId());
            writeSection(out, unsubscribe.properties(), v5);
            for (String filter : unsubscribe.filters()) {
                writeString(out, filter);
            }
        } else if (packet instanceof Packet.UnsubAck unsubAck) {
            writeUnsubAck(out, unsubAck, v5);
        } else if (packet instanceof Packet.Disconnect disconnect) {
            writeReason(out, disconnect.reason(), disconnect.properties(), v5);
        } else if (packet instanceof Packet.Auth auth) {
            writeReason(out, auth.reason(), auth.properties(), true);
        }
    }

    private static int connectLength(Packet.Connect connect, ProtocolVersion version, boolean v5) {
        requireSame(connect, version);
        int length = stringLength(version.protocolName()) + 1 + 1 + 2 + section(connect.properties(), v5);
        length += stringLength(connect.clientId());
        Packet.Will will = connect.will();
        if (will != null) {
            length += section(will.properties(), v5) + stringLength(will.topic()) + binaryLength(will.payload());
        }
        String username = connect.username();
        byte[] password = connect.password();
        return length
                + (username == null ? 0 : stringLength(username))
                + (password == null ? 0 : binaryLength(password));
    }

    private static void writeConnect(ByteBuf out, Packet.Connect connect, ProtocolVersion version, boolean v5) {
        Packet.Will will = connect.will();
        String username = connect.username();
        byte[] password = connect.password();
        writeString(out, version.protocolName());
        out.writeByte(version.level() | (connect.bridge() ? 0x80 : 0));
        int flags = (connect.cleanStart() ? 0x02 : 0) | (username == null ? 0 : 0x80) | (password == null ? 0 : 0x40);
        if (will != null) {
            flags |= 0x04 | will.qos().value() << 3 | (will.retain() ? 0x20 : 0);
        }
        out.writeByte(flags);
        out.writeShort(connect.keepAliveSeconds());
        writeSection(out, connect.properties(), v5);
        writeString(out, connect.clientId());
        if (will != null) {
            writeSection(out, will.properties(), v5);
            writeString(out, will.topic());
            writeBinary(out, will.payload());
        }
        if (username != null) {
            writeString(out, username);
        }
        if (password != null) {
            writeBinary(out, password);
        }
    }

    private static void writeConnAck(ByteBuf out, Packet.ConnAck connAck, ProtocolVersion version, boolean v5) {
        // A refusal has no session [MQTT-3.2.2-6], and 3.1 has no such flag.
        boolean present = connAck.sessionPresent()
                && connAck.reason() == ReasonCode.SUCCESS
                && version != ProtocolVersion.MQTT_3_1;
        out.writeByte(present ? 1 : 0);
        out.writeByte(v5 ? connAck.reason().value() : ReturnCodes.ofConnAck(connAck.reason()));
        writeSection(out, connAck.properties(), v5);
    }

    private static void writeUnsubAck(ByteBuf out, Packet.UnsubAck unsubAck, boolean v5) {
        out.writeShort(unsubAck.packetId());
        if (v5) {
            writeSection(out, unsubAck.properties(), true);
            for (ReasonCode reason : unsubAck.reasons()) {
                out.writeByte(reason.value());
            }
        }
    }

    private static int options(Packet.Subscribe.Request request, boolean v5) {
        int qos = request.qos().value();
        return v5
                ? qos
                        | (request.noLocal() ? 0x04 : 0)
                        | (request.retainAsPublished() ? 0x08 : 0)
                        | request.retainHandling() << 4
                : qos;
    }

    /** The bytes of a reason and properties, of which the end is left out when it says nothing. */
    private static int reasonLength(ReasonCode reason, Properties properties, boolean v5) {
        if (!v5) {
            return 0;
        }
        if (properties.isEmpty()) {
            return reason == ReasonCode.SUCCESS ? 0 : 1;
        }
        return 1 + PropertiesWriter.sectionLength(properties);
    }

    private static void writeReason(ByteBuf out, ReasonCode reason, Properties properties, boolean v5) {
        if (reasonLength(reason, properties, v5) == 0) {
            return;
        }
        out.writeByte(reason.value());
        if (!properties.isEmpty()) {
            PropertiesWriter.writeSection(out, properties);
        }
    }

    private static int section(Properties properties, boolean v5) {
        return v5 ? PropertiesWriter.sectionLength(properties) : 0;
    }

    private static void writeSection(ByteBuf out, Properties properties, boolean v5) {
        if (v5) {
            PropertiesWriter.writeSection(out, properties);
        }
    }

    private static void requireV5(boolean v5) {
        if (!v5) {
            throw new IllegalArgumentException("expected MQTT 5 for AUTH");
        }
    }

    private static void requireSame(Packet.Connect connect, ProtocolVersion version) {
        if (connect.version() != version) {
            throw new IllegalArgumentException("expected CONNECT of " + version + ", got " + connect.version());
        }
    }
}
