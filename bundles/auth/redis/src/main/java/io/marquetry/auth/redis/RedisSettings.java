// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.marquetry.api.config.Keys;
import io.marquetry.auth.support.InstanceKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which Redis, and how long to wait for it.
 *
 * @param mode one server, a master that sentinels name, or a cluster
 * @param servers where to begin: the server, the sentinels or some nodes of the cluster
 * @param master what the sentinels call the master
 * @param login who asks
 * @param sentinelLogin who asks the sentinels
 * @param database the number of the database
 * @param tls how the connection is encrypted, or null when it is not
 * @param connectTimeoutSeconds how long to wait for a connection
 * @param commandTimeoutSeconds how long to wait for an answer
 */
record RedisSettings(
        Mode mode,
        List<Server> servers,
        String master,
        Login login,
        Login sentinelLogin,
        int database,
        @Nullable Encryption tls,
        int connectTimeoutSeconds,
        int commandTimeoutSeconds) {

    /** Questions that may wait for their answer on one connection; more fail at once. */
    private static final int MOST_WAITING = 10_000;

    /** How many servers there are, and who knows which one to ask. */
    enum Mode {
        SINGLE,
        SENTINEL,
        CLUSTER
    }

    /** How much of a server's certificate is checked. */
    enum Verify {
        FULL,
        CA,
        NONE
    }

    /** One address. */
    record Server(String host, int port) {
        private static final Pattern FORM = Pattern.compile("\\[?([^\\[\\]\\s]+?)]?:([0-9]{1,5})");

        static List<Server> parse(String list) {
            List<Server> servers = new ArrayList<>();
            for (String text : list.split(",", -1)) {
                Matcher matcher = FORM.matcher(text.trim());
                int port = matcher.matches() ? Integer.parseInt(matcher.group(2)) : 0;
                if (port < 1 || port > 65_535) {
                    throw new IllegalArgumentException("expected HOST:PORT, or several with commas between, such as"
                            + " 127.0.0.1:6379, got \"" + text.trim() + "\"");
                }
                servers.add(new Server(matcher.group(1), port));
            }
            return servers;
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /** Who asks. */
    record Login(@Nullable String username, @Nullable String password) {
        static Login read(InstanceKeys keys, String username, String password) {
            String name = keys.keys().string(username, "");
            return new Login(name.isEmpty() ? null : name, keys.secret(password));
        }

        void enter(RedisURI.Builder uri) {
            if (password != null && username != null) {
                uri.withAuthentication(username, password);
            } else if (password != null) {
                uri.withPassword((CharSequence) password);
            }
        }

        /** Leaves the password out, so that it never reaches a log. */
        @Override
        public String toString() {
            return "Login[username=" + username + "]";
        }
    }

    /** How a connection is encrypted. */
    record Encryption(
            Verify verify,
            @Nullable Path ca,
            @Nullable Path certificate,
            @Nullable Path key) {}

    /** Reads them; problems stay in {@code keys}. */
    static RedisSettings read(InstanceKeys keys) {
        Keys typed = keys.keys();
        Mode mode = typed.word("mode", Mode.SINGLE);
        String list = keys.required("servers", "where Redis is, such as 127.0.0.1:6379");
        List<Server> servers = keys.parse("servers", list, Server::parse);
        String master = typed.string("sentinelMaster", "mymaster");
        int database = typed.integer("database", 0, 0, 65_535);
        if (mode == Mode.CLUSTER && database != 0) {
            typed.problem("database", Integer.toString(database), "0: a cluster has no other");
        }
        boolean encrypted = typed.flag("tls", false);
        Encryption encryption = new Encryption(
                typed.word("tlsVerify", Verify.FULL),
                keys.file("tlsCaFile"),
                keys.file("tlsCertificateFile"),
                keys.file("tlsKeyFile"));
        if ((encryption.certificate() == null) != (encryption.key() == null)) {
            typed.problem("tlsKeyFile", String.valueOf(encryption.key()), "both tlsCertificateFile and tlsKeyFile");
        }
        return new RedisSettings(
                mode,
                servers == null ? List.of() : servers,
                master,
                Login.read(keys, "username", "password"),
                Login.read(keys, "sentinelUsername", "sentinelPassword"),
                database,
                encrypted ? encryption : null,
                typed.integer("connectTimeoutSeconds", 3, 1, 300),
                typed.integer("commandTimeoutSeconds", 3, 1, 300));
    }

    /** The addresses to begin with; for sentinels one that names them all. */
    List<RedisURI> uris() {
        if (mode != Mode.SENTINEL) {
            return servers.stream()
                    .map(server -> complete(RedisURI.Builder.redis(server.host(), server.port())))
                    .toList();
        }
        RedisURI.Builder all = RedisURI.builder().withSentinelMasterId(master);
        for (Server server : servers) {
            RedisURI.Builder sentinel = RedisURI.Builder.redis(server.host(), server.port());
            sentinelLogin.enter(sentinel);
            encrypt(sentinel);
            all.withSentinel(sentinel.withTimeout(timeout()).build());
        }
        return List.of(complete(all));
    }

    private RedisURI complete(RedisURI.Builder uri) {
        login.enter(uri);
        encrypt(uri);
        return uri.withDatabase(database)
                .withClientName("marquetry")
                .withTimeout(timeout())
                .build();
    }

    private void encrypt(RedisURI.Builder uri) {
        if (tls != null) {
            uri.withSsl(true);
            uri.withVerifyPeer(SslVerifyMode.valueOf(tls.verify().name()));
        }
    }

    private Duration timeout() {
        return Duration.ofSeconds(commandTimeoutSeconds);
    }

    /** How a client behaves; what is asked while there is no connection fails at once. */
    ClusterClientOptions options() {
        ClusterClientOptions.Builder options = ClusterClientOptions.builder()
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enableAllAdaptiveRefreshTriggers()
                        .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(2))
                        // A node that was unknown or away when we looked first says so by no trigger.
                        .enablePeriodicRefresh(Duration.ofSeconds(10))
                        .build())
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(MOST_WAITING)
                .timeoutOptions(TimeoutOptions.enabled(timeout()))
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(Duration.ofSeconds(connectTimeoutSeconds))
                        .keepAlive(true)
                        .tcpNoDelay(true)
                        .build());
        if (tls != null) {
            SslOptions.Builder ssl = SslOptions.builder().jdkSslProvider();
            if (tls.ca() != null) {
                ssl.trustManager(tls.ca().toFile());
            }
            if (tls.certificate() != null && tls.key() != null) {
                ssl.keyManager(tls.certificate().toFile(), tls.key().toFile(), new char[0]);
            }
            options.sslOptions(ssl.build());
        }
        return options.build();
    }

    /** The servers as a log shows them. */
    String where() {
        return "Redis at "
                + String.join(", ", servers.stream().map(Server::toString).toList());
    }
}
