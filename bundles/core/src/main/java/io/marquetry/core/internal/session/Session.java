// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.RateLimitedLog;
import io.marquetry.core.internal.router.Subscriber;
import org.jspecify.annotations.Nullable;

/**
 * What the broker remembers of a client, with or without a connection. It lives on one loop for its whole life: every
 * method but the three questions of {@link Subscriber} begins on that loop.
 */
public final class Session extends ApplicationMessages {
    /** A session that never expires [MQTT-3.1.2.11.2]. */
    public static final long FOR_EVER = 4_294_967_295L;

    private final long createdAt;

    // For the life of the session.
    private final Departure departure;
    private @Nullable Durable durable;
    private boolean exceeding;

    // For the life of one connection.
    private @Nullable Link link;

    // Read by other loops.
    private volatile boolean online;
    private volatile boolean ended;

    Session(SessionRegistry registry, Home home, String clientId, long createdAt) {
        super(registry, home, clientId);
        this.createdAt = createdAt;
        this.departure = new Departure(this, registry);
    }

    /** When it began, in milliseconds since 1970. */
    public long createdAt() {
        return createdAt;
    }

    /** When its last connection ended, in milliseconds since 1970; 0 while there is one. */
    public long disconnectedAt() {
        return departure.at();
    }

    /** Its number in the store; never used again for another. 0 while it is not durable. */
    @Override
    public long number() {
        return durable == null ? 0 : durable.number();
    }

    @Override
    @Nullable
    Durable durable() {
        return durable;
    }

    /** Notes how it is now; its subscriptions and messages are noted as they come and go. */
    void note() {
        if (durable != null) {
            durable.session(departure.record(createdAt));
        }
    }

    @Override
    public boolean isDurable() {
        return durable != null;
    }

    @Override
    public boolean isOnline() {
        return online;
    }

    @Override
    public boolean hasEnded() {
        return ended;
    }

    RateLimitedLog exceeded() {
        return registry.exceeded();
    }

    @Override
    public @Nullable Link link() {
        return link;
    }

    // --- connections ---

    /**
     * A connection begins to serve this session.
     *
     * @param expiry how long the session outlives it, in seconds
     * @param itsWill its will, or null
     */
    public void attach(Link connection, long expiry, @Nullable Will itsWill) {
        assert home().loop().inLoop();
        departure.putOff(expiry, itsWill);
        link = connection;
        if (durable == null && expiry > 0 && journal().isKept()) {
            durable = new Durable(this, registry.shelf(home()), registry.nextNumber());
        }
        online = true;
        lookNoMore();
        rightsChanged();
        reconnected();
        note();
    }

    /**
     * It is as a broker before us has left it; its subscriptions and messages follow.
     *
     * @param number its number in the store
     */
    void restore(long number, SessionRecord record) {
        durable = new Durable(this, registry.shelf(home()), number);
        departure.restore(record);
    }

    /**
     * Everything of it is restored: it waits for its client, from the time on when that left.
     *
     * @param alive when a broker was last alive, for a client that has not left
     */
    void restored(long alive) {
        if (!ended && link == null) {
            departure.restored(alive);
            restoredMessages();
        }
    }

    /** Sets another expiry, as a DISCONNECT may [MQTT-3.14.2-2]. */
    public void expirySeconds(long expiry) {
        departure.expirySeconds(expiry);
    }

    /** How long the session outlives its connection, in seconds. */
    @Override
    public long expirySeconds() {
        return departure.expirySeconds();
    }

    /** The client said goodbye properly: no will. */
    public void dropWill() {
        if (departure.takeWill() != null) {
            note();
        }
    }

    /**
     * The connection has ended. Publishes the will, or waits with it; ends the session, or waits with that.
     *
     * @param connection which; ignored when another one serves the session already
     */
    public void detach(Link connection) {
        assert home().loop().inLoop();
        if (link != connection) {
            return;
        }
        link = null;
        online = false;
        restRetained();
        if (departure.expirySeconds() == 0) {
            end();
            return;
        }
        disconnected();
        departure.begin();
    }

    /**
     * Publishes the will now, also one that waits: the connection is about to be ended by us.
     *
     * @return whether there was one
     */
    public boolean publishWill() {
        Will left = departure.takeWill();
        if (left != null) {
            note();
            registry.publishWill(home(), left, durable != null);
        }
        return left != null;
    }

    /** As {@link #publishWill}, when the broker ends: a will that waits and survives is published by the next one. */
    public boolean publishLastWill() {
        return (link != null || durable == null) && publishWill();
    }

    /** A new connection takes the session over: the old one's will is published unless it waits [MQTT-3.1.4-3]. */
    public void letGo() {
        Will left = departure.takeWill();
        link = null;
        online = false;
        restRetained();
        if (left != null && left.delaySeconds() == 0) {
            registry.publishWill(home(), left, durable != null);
        }
    }

    /** Ends the session: subscriptions and queue are gone, a will that waits is published [MQTT-3.1.3-9]. */
    public void end() {
        assert home().loop().inLoop();
        if (ended) {
            return;
        }
        Will left = departure.end();
        link = null;
        online = false;
        full(false);
        ended = true;
        endSubscriptions();
        registry.remove(this);
        if (durable != null) {
            durable.end(subscriptions(), awaitingRel());
            registry.ended(this);
        }
        endMessages();
        if (left != null) {
            registry.publishWill(home(), left, durable != null);
        }
    }

    // --- rights ---

    /** An operator, or an extension, says that this client's rights are others. */
    public void forgetRights() {
        if (link != null) {
            link.forgetRights();
        }
        rightsChanged();
        pump();
    }

    // --- what lies in the store ---

    /** Reads queues. */
    Pages pages() {
        return registry.pages();
    }

    // --- its share ---

    /** Ends the session in a later turn when its client makes the broker hold more than a client may. */
    @Override
    public void checkShare() {
        if (!exceeding && !ended && Share.isExceeded(this)) {
            exceeding = true;
        }
    }
}
