// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/** A CONNECT to send. */
public final class ConnectPacket extends Outgoing<ConnectPacket> {
    private static final int CLEAN = 0x02;
    private static final int WILL = 0x04;

    private byte[] clientId;
    private boolean clean = true;
    private int keepAlive = 60;
    private @Nullable String protocolName;
    private @Nullable Integer level;
    private @Nullable Integer connectFlags;
    private @Nullable Will will;
    private byte @Nullable [] username;
    private byte @Nullable [] password;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Will(byte[] topic, byte[] payload, int qos, boolean retain, Props props) {}

    ConnectPacket(String clientId) {
        this.clientId = clientId.getBytes(UTF_8);
    }

    /** Replaces the client identifier by bytes that need not be UTF-8. */
    public ConnectPacket clientIdBytes(byte... value) {
        clientId = value;
        return this;
    }

    /** Clean Start (5.0) or Clean Session (3.x) = 0: the session is resumed if there is one. */
    public ConnectPacket resume() {
        clean = false;
        return this;
    }

    /** A session that outlives its connection by so many seconds: Clean Start = 0 and, in MQTT 5, the expiry. */
    public ConnectPacket lasting(long seconds) {
        return resume().props(Props.with(Property.SESSION_EXPIRY, seconds));
    }

    /** The keep alive in seconds; 0 switches it off. */
    public ConnectPacket keepAlive(int seconds) {
        keepAlive = seconds;
        return this;
    }

    /** Replaces the protocol name. */
    public ConnectPacket protocolName(String value) {
        protocolName = value;
        return this;
    }

    /** Replaces the protocol level. */
    public ConnectPacket level(int value) {
        level = value;
        return this;
    }

    /** Replaces the Connect Flags; the payload still holds only the fields that were set. */
    public ConnectPacket connectFlags(int value) {
        connectFlags = value;
        return this;
    }

    /** Sets a will. */
    public ConnectPacket will(String topic, String payload, int qos, boolean retain) {
        return will(topic, payload, qos, retain, Props.none());
    }

    /** Sets a will with its properties. */
    public ConnectPacket will(String topic, String payload, int qos, boolean retain, Props props) {
        return willBytes(topic.getBytes(UTF_8), payload.getBytes(UTF_8), qos, retain, props);
    }

    /** Sets a will whose topic need not be UTF-8. */
    public ConnectPacket willBytes(byte[] topic, byte[] payload, int qos, boolean retain, Props props) {
        will = new Will(topic, payload, qos, retain, props);
        return this;
    }

    /** Sets the user name. */
    public ConnectPacket username(String value) {
        return usernameBytes(value.getBytes(UTF_8));
    }

    /** Sets a user name that need not be UTF-8. */
    public ConnectPacket usernameBytes(byte... value) {
        username = value;
        return this;
    }

    /** Sets the password. */
    public ConnectPacket password(String value) {
        return passwordBytes(value.getBytes(UTF_8));
    }

    /** Sets a password that need not be text. */
    public ConnectPacket passwordBytes(byte... value) {
        password = value;
        return this;
    }

    @Override
    int usualFirstByte() {
        return 0x10;
    }

    @Override
    void writeBody(Bytes out, Version version) {
        out.text(protocolName != null ? protocolName : version.protocolName());
        out.u8(level != null ? level : version.level());
        out.u8(connectFlags != null ? connectFlags : usualFlags());
        out.u16(keepAlive);
        writeProps(out, version);
        out.binary(clientId);
        if (will != null) {
            if (version.hasProperties()) {
                will.props.writeTo(out);
            }
            out.binary(will.topic).binary(will.payload);
        }
        if (username != null) {
            out.binary(username);
        }
        if (password != null) {
            out.binary(password);
        }
    }

    private int usualFlags() {
        int flags = clean ? CLEAN : 0;
        if (will != null) {
            flags |= WILL | (will.qos << 3) | (will.retain ? 0x20 : 0);
        }
        return flags | (password != null ? 0x40 : 0) | (username != null ? 0x80 : 0);
    }
}
