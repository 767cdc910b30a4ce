// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.codec.ProtocolException;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Messages;
import io.marquetry.core.internal.session.Link;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.session.Will;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.port.Terms;
import org.jspecify.annotations.Nullable;

/**
 * What CONNECT does to sessions, and CONNACK: takes the client's session over, begins or ends it, and answers when that
 * survives.
 */
final class SessionOpening {
    private final Connection connection;
    private final BrokerContext context;
    private final MqttSettings settings;
    private final Packet.Connect connect;
    private final Newcomer newcomer;
    private final Terms terms;
    private final @Nullable EnhancedAuth enhanced;
    private final long expiresAt;
    /** The session while CONNACK waits until the store has it. */
    private @Nullable Session attached;

    /**
     * Of a client that may come in.
     *
     * @param enhanced how it was authenticated, or null
     * @param expiresAt until when it may be connected, in milliseconds since 1970; 0 is for ever
     */
    SessionOpening(
            Connection connection,
            Packet.Connect connect,
            Newcomer newcomer,
            Terms terms,
            @Nullable EnhancedAuth enhanced,
            long expiresAt) {
        this.connection = connection;
        this.context = connection.context();
        this.settings = context.settings();
        this.connect = connect;
        this.newcomer = newcomer;
        this.terms = terms;
        this.enhanced = enhanced;
        this.expiresAt = expiresAt;
    }

    /** Goes on when nobody has to be asked any more, with final authentication data for the CONNACK or null. */
    void open(byte @Nullable [] data) {
        Home home = connection.home();
        Session session = context.sessions.find(home, connection.client().clientId());
        if (session == null && context.budget.isBusy()) {
            connection.refuse(ReasonCode.SERVER_BUSY, "the broker has too many messages in memory");
            return;
        }
        long expiry = expirySeconds();
        Journal journal = context.journal(home);
        boolean kept = journal.isKept()
                && (expiry > 0
                        || (session != null && session.isDurable())
                        || context.sessions.isEnding(home, connection.client().clientId()));
        boolean resumes = session != null && !connect.cleanStart() && session.expirySeconds() > 0;
        if (kept && (resumes ? journal.isLostToSubscribers() : journal.isLost())) {
            ConnectionLog.unkept(connection, "a client whose session is to survive is refused with 0x88");
            connection.refuse(ReasonCode.SERVER_UNAVAILABLE, "the store cannot write");
            return;
        }
        Session found = session == null ? null : resume(session);
        boolean present = found != null;
        Session its = found != null
                ? found
                : context.sessions.create(home, connection.client().clientId());
        its.attach(connection.outlet(), expiry, will());
        if (kept) {
            attached = its;
            journal.whenCommitted(survives -> kept(its, survives, present, expiry, data));
        } else {
            live(its, present, expiry, data);
        }
    }

    /** Resumes a session, or ends it; returns it when it goes on. */
    private @Nullable Session resume(Session session) {
        Home home = connection.home();
        Link old = session.link();
        if (connect.cleanStart()) {
            session.end(); // [MQTT-3.1.2-4]
            home.counters().add(Metric.SESSION_DISCARDED);
            if (old != null) {
                old.discard();
            }
            return null;
        }
        if (session.expirySeconds() == 0) {
            session.end();
            endOld(old);
            return null;
        }
        if (old != null) {
            session.letGo(); // [MQTT-3.1.4-3]
            home.counters().add(Metric.SESSION_TAKENOVER);
            endOld(old);
        }
        home.counters().add(Metric.SESSION_RESUMED);
        return session;
    }

    /** The store has the session as this CONNECT leaves it, or cannot have it. */
    private void kept(Session session, boolean survives, boolean present, long expiry, byte @Nullable [] data) {
        if (connection.isClosed()) {
            return; // also when another connection has taken the session over meanwhile
        }
        if (survives) {
            attached = null;
            live(session, present, expiry, data);
        } else {
            notKept(session);
        }
    }

    /** As {@link ConnectFlow#refuseLate}. */
    boolean refuseLate() {
        Session its = attached;
        if (its != null) {
            notKept(its);
        }
        return its != null;
    }

    /** The connection ends before the client was let in. */
    void close() {
        if (attached != null) {
            attached.detach(connection.outlet());
        }
    }

    private void notKept(Session session) {
        session.dropWill(); // its client has never been let in
        ConnectionLog.unkept(connection, "a client whose session is to survive is refused with 0x88");
        connection.refuse(ReasonCode.SERVER_UNAVAILABLE, "the store cannot write");
    }

    private void live(Session session, boolean present, long expiry, byte @Nullable [] data) {
        Home home = connection.home();
        sendConnAck(present, expiry, data);
        connection.outlet().open();
        home.counters().add(Metric.CLIENT_CONNACK);
        home.counters().add(Metric.CLIENT_CONNECTED);
        LiveClient live =
                new LiveClient(connection, session, newcomer.mountpoint(), terms.maxQos(), connect.bridge(), enhanced);
        connection.live(live, newcomer.keepAlive());
        live.expiresAt(expiresAt);
        context.sys.connected(home, connection.client(), connection.wire(), expiry, context.wallClock.getAsLong());
        if (context.hooks.areHeard()) {
            context.hooks.tell(new BrokerEvent.Connected(context.wallClock.getAsLong(), connection.client(), present));
        }
        session.pump();
        connection.reading().resume(Pause.CONNECTING);
    }

    private static void endOld(@Nullable Link old) {
        if (old != null) {
            old.end(ReasonCode.SESSION_TAKEN_OVER);
        }
    }

    private boolean isV5() {
        return connect.version() == ProtocolVersion.MQTT_5;
    }

    private long expirySeconds() {
        if (isV5()) {
            long asked = connect.properties().number(Property.SESSION_EXPIRY_INTERVAL, 0);
            return Math.min(asked, settings.maxSessionExpirySeconds());
        }
        return connect.cleanStart() ? 0 : settings.sessionExpirySeconds();
    }

    private @Nullable Will will() {
        Packet.Will will = connect.will();
        if (will == null) {
            return null;
        }
        Message message = Messages.of(
                newcomer.mountpoint().mount(will.topic()),
                will.payload(),
                will.qos(),
                will.retain(),
                will.properties());
        return new Will(
                connection.client(),
                connection.outlet().rules(),
                message,
                will.properties().number(Property.WILL_DELAY_INTERVAL, 0));
    }

    private void sendConnAck(boolean present, long expiry, byte @Nullable [] data) {
        Properties properties = isV5() ? connAckProperties(expiry, data) : Properties.NONE;
        connection
                .outlet()
                .send(new Packet.ConnAck(present, ReasonCode.SUCCESS, properties), Metric.PACKETS_CONNACK_SENT);
    }

    private Properties connAckProperties(long expiry, byte @Nullable [] data) {
        Properties.Builder builder = Properties.builder();
        if (expiry != connect.properties().number(Property.SESSION_EXPIRY_INTERVAL, 0)) {
            builder.with(Property.SESSION_EXPIRY_INTERVAL, expiry);
        }
        if (settings.maxAwaitingRel() < 65_535) {
            builder.with(Property.RECEIVE_MAXIMUM, settings.maxAwaitingRel());
        }
        if (newcomer.maxQos() < 2) {
            builder.with(Property.MAXIMUM_QOS, newcomer.maxQos());
        }
        if (!settings.retainAvailable()) {
            builder.with(Property.RETAIN_AVAILABLE, 0);
        }
        builder.with(Property.MAXIMUM_PACKET_SIZE, settings.maxPacketBytes());
        if (newcomer.identity().assigned()) {
            builder.with(
                    Property.ASSIGNED_CLIENT_IDENTIFIER, connection.client().clientId()); // [MQTT-3.2.2-16]
        }
        if (settings.maxTopicAlias() > 0) {
            builder.with(Property.TOPIC_ALIAS_MAXIMUM, settings.maxTopicAlias());
        }
        if (!settings.wildcardSubscription()) {
            builder.with(Property.WILDCARD_SUBSCRIPTION_AVAILABLE, 0);
        }
        if (!settings.sharedSubscription()) {
            builder.with(Property.SHARED_SUBSCRIPTION_AVAILABLE, 0);
        }
        if (newcomer.keepAlive() != connect.keepAliveSeconds()) {
            builder.with(Property.SERVER_KEEP_ALIVE, newcomer.keepAlive()); // [MQTT-3.1.2-21]
        }
        builder.with(Property.RESPONSE_INFORMATION, responseInformation());
        if (enhanced != null) {
            builder.with(Property.AUTHENTICATION_METHOD, enhanced.method()); // [MQTT-4.12.0-5]
            builder.with(Property.AUTHENTICATION_DATA, data);
        }
        return builder.build();
    }

    /** Null when the client does not ask [MQTT-3.1.2-28]; it may also be left out, as for a name that does not fit. */
    private @Nullable String responseInformation() {
        if (connect.properties().number(Property.REQUEST_RESPONSE_INFORMATION, 0) != 1) {
            return null;
        }
        try {
            return newcomer.responseInformation();
        } catch (ProtocolException e) {
            newcomer.misnamed(e);
            return null;
        }
    }
}
