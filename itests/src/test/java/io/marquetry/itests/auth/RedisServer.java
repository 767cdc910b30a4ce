// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.Daemon;
import io.marquetry.itests.support.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Redis as Debian has it, on TLS, with a user {@code mq} whose password is {@code mqpass}; what it has survives a kill.
 *
 * @param daemon its process
 * @param ca who has signed its certificate
 */
record RedisServer(Daemon daemon, Path ca) {
    private static final String DEBIAN = "redis-server";

    static RedisServer start() throws Exception {
        Path folder = Daemon.folder("redis");
        Certificates.in(folder).server("server", "127.0.0.1");
        Files.writeString(folder.resolve("users"), "user default off\nuser mq on >mqpass ~* &* +@all\n");
        Daemon.own(folder, "redis");
        int port = BrokerProcess.freePort();
        Daemon daemon = Daemon.start(
                folder,
                port,
                Daemon.as(
                        "redis",
                        List.of(
                                Tool.path("redis-server", DEBIAN),
                                "--bind",
                                "127.0.0.1",
                                "--port",
                                "0",
                                "--tls-port",
                                Integer.toString(port),
                                "--tls-cert-file",
                                folder.resolve("server.crt").toString(),
                                "--tls-key-file",
                                folder.resolve("server.key").toString(),
                                "--tls-ca-cert-file",
                                folder.resolve("ca.crt").toString(),
                                "--tls-auth-clients",
                                "no",
                                "--aclfile",
                                folder.resolve("users").toString(),
                                "--dir",
                                folder.toString(),
                                "--appendonly",
                                "yes",
                                "--appendfsync",
                                "always")));
        return new RedisServer(daemon, folder.resolve("ca.crt"));
    }

    /** A server without TLS and users, with these options more. */
    static Daemon plain(int port, Path folder, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Tool.path("redis-server", DEBIAN),
                "--bind",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--dir",
                folder.toString(),
                "--save",
                ""));
        command.addAll(List.of(options));
        return Daemon.start(folder, port, Daemon.as("redis", command));
    }

    /** The program that asks it; the words of a command follow. */
    List<String> cli() {
        return List.of(
                Tool.path("redis-cli", "redis-tools"),
                "-p",
                Integer.toString(daemon.port()),
                "--tls",
                "--cacert",
                ca.toString(),
                "--user",
                "mq",
                "--pass",
                "mqpass",
                "--no-auth-warning");
    }
}
