// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.ban;

import io.marquetry.api.admin.Ban;
import io.marquetry.api.admin.Bans;
import io.marquetry.api.client.ClientInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every ban, in memory for the loops and in a file for the next start. Bans of a name or an address are found by it,
 * however many there are; expressions and ranges are looked at one by one. Loops ask without a lock; changes are made
 * one at a time.
 */
public final class BanList implements Bans {
    private static final Logger LOG = LoggerFactory.getLogger(BanList.class);
    private static final List<Ban.Kind> LOOKED_THROUGH =
            List.of(Ban.Kind.CLIENTID_RE, Ban.Kind.USERNAME_RE, Ban.Kind.PEERHOST_NET);
    private static final Comparator<Ban> ORDER = Comparator.comparing(Ban::as).thenComparing(Ban::who);

    private final LongSupplier wallClock;
    private final Consumer<Ban> onAdd;
    private final Map<Ban.Kind, Map<String, Target>> targets = new EnumMap<>(Ban.Kind.class);
    /** In force, but not yet in the file. */
    private final Queue<Ban> toBeWritten = new ConcurrentLinkedQueue<>();

    /** Not yet in force: they begin later. */
    private final Set<Target> ahead = new HashSet<>();

    private @Nullable BanFile file;
    /** What everyone who connects pays for when there are no bans. */
    private volatile boolean empty = true;

    /**
     * No bans, and no file yet.
     *
     * @param wallClock milliseconds since 1970
     * @param onAdd told of each ban once it is in force; on the thread of who adds it, or of who sweeps when it begins
     *     later
     */
    public BanList(LongSupplier wallClock, Consumer<Ban> onAdd) {
        this.wallClock = wallClock;
        this.onAdd = onAdd;
        for (Ban.Kind kind : Ban.Kind.values()) {
            targets.put(kind, new ConcurrentHashMap<>());
        }
    }

    // --- asked by the loops ---

    /** Whether such a client is banned now. */
    public boolean isBanned(String clientId, @Nullable String username, @Nullable InetSocketAddress from) {
        if (empty) {
            return false;
        }
        long now = wallClock.getAsLong();
        if (isInForce(Ban.Kind.CLIENTID, clientId, now)
                || isInForce(Ban.Kind.USERNAME, username, now)
                || (!of(Ban.Kind.PEERHOST).isEmpty() && isInForce(Ban.Kind.PEERHOST, Target.key(from), now))) {
            return true;
        }
        for (Ban.Kind kind : LOOKED_THROUGH) {
            for (Target target : of(kind).values()) {
                if (target.isInForce(now) && target.matches(clientId, username, from)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isInForce(Ban.Kind kind, @Nullable String key, long now) {
        Target target = key == null ? null : of(kind).get(key);
        return target != null && target.isInForce(now);
    }

    private Map<String, Target> of(Ban.Kind kind) {
        return targets.getOrDefault(kind, Map.of());
    }

    /** Says of clients, one by one, whether a ban speaks about them. */
    public Predicate<ClientInfo> speaksAbout(Ban ban) {
        Target target = Target.of(ban);
        return client -> target.matches(client.clientId(), client.username(), client.remoteAddress());
    }

    /** Bans at once, and writes it down at the next {@link #sweep}: for a loop, which must not wait for a disk. */
    public void addFromLoop(Ban ban) {
        put(Target.of(ban));
        toBeWritten.add(ban);
        onAdd.accept(ban);
    }

    // --- asked by administrators ---

    @Override
    public void add(Ban ban) {
        if (ban.until() <= wallClock.getAsLong()) {
            throw new IllegalArgumentException("expected a ban that ends in the future");
        }
        Target target = Target.of(ban);
        synchronized (this) {
            write(() -> {
                if (file != null) {
                    file.add(ban);
                }
            });
            put(target);
        }
        if (ban.at() <= wallClock.getAsLong()) {
            onAdd.accept(ban);
        }
        LOG.info("banned {} {} by {}", ban.as().word(), BanFile.oneLine(ban.who()), BanFile.oneLine(ban.by()));
    }

    @Override
    public synchronized boolean delete(Ban.Kind as, String who) {
        Target target = of(as).get(Target.key(as, who));
        if (target == null) {
            return false;
        }
        write(() -> {
            if (file != null) {
                file.delete(target.ban());
            }
        });
        toBeWritten.remove(target.ban());
        of(as).remove(target.key());
        countAgain();
        LOG.info("no longer banned: {} {}", as.word(), BanFile.oneLine(who));
        return target.isInForce(wallClock.getAsLong());
    }

    @Override
    public List<Ban> list() {
        long now = wallClock.getAsLong();
        return all().stream()
                .filter(target -> target.isInForce(now))
                .map(Target::ban)
                .sorted(ORDER)
                .toList();
    }

    private List<Target> all() {
        List<Target> all = new ArrayList<>();
        targets.values().forEach(kind -> all.addAll(kind.values()));
        return all;
    }

    private void put(Target target) {
        if (target.ban().at() > wallClock.getAsLong()) {
            synchronized (this) {
                ahead.add(target);
            }
        }
        of(target.ban().as()).put(target.key(), target);
        empty = false;
    }

    private void countAgain() {
        empty = targets.values().stream().allMatch(Map::isEmpty);
    }

    // --- the file ---

    /**
     * Takes the bans of a file that are still in force, and keeps the file from here on. One that cannot be read is
     * left alone, and nothing can be added to it.
     */
    public synchronized void keepIn(Path path) {
        long now = wallClock.getAsLong();
        file = new BanFile(path);
        try {
            for (Ban ban : file.read()) {
                if (ban.until() > now) {
                    put(Target.of(ban));
                }
            }
            if (!empty) {
                LOG.info("{} bans are in force", all().size());
            }
        } catch (IOException e) {
            LOG.error(
                    "{} cannot be read: {}; nobody is banned, and no ban can be added before the next start",
                    path,
                    e.toString());
        }
    }

    /**
     * Tells of bans that have begun, forgets those that have ended and writes down what waits for it; takes its time,
     * so not for a loop.
     */
    public synchronized void sweep() {
        tellOfBegun(wallClock.getAsLong());
        tidy();
    }

    private void tidy() {
        long now = wallClock.getAsLong();
        boolean ended = false;
        for (Map<String, Target> kind : targets.values()) {
            ended |= kind.values().removeIf(target -> target.ban().until() <= now);
        }
        if (ended) {
            countAgain();
        }
        if (file == null || !file.isUsable()) {
            toBeWritten.clear();
            return;
        }
        try {
            for (Ban ban = toBeWritten.poll(); ban != null; ban = toBeWritten.poll()) {
                file.add(ban);
            }
            file.compactIfWorthwhile(
                    () -> all().stream().map(Target::ban).sorted(ORDER).toList());
        } catch (IOException e) {
            LOG.error("the bans cannot be written: {}; those of before are there at the next start", e.toString());
        }
    }

    private void tellOfBegun(long now) {
        List<Target> begun =
                ahead.stream().filter(target -> target.ban().at() <= now).toList();
        begun.forEach(ahead::remove);
        for (Target target : begun) {
            if (target.equals(of(target.ban().as()).get(target.key()))) { // neither deleted nor replaced
                onAdd.accept(target.ban());
            }
        }
    }

    /** Closes the file. */
    public synchronized void close() {
        tidy();
        if (file != null) {
            file.close();
        }
    }

    private interface Writing {
        void write() throws IOException;
    }

    private static void write(Writing writing) {
        try {
            writing.write();
        } catch (IOException e) {
            throw new UncheckedIOException("the bans cannot be written: " + e.getMessage(), e);
        }
    }
}
