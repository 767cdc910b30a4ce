// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.Daemon;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code auth/redis} with one Redis over TLS, with a master that a sentinel names, and with a cluster of three. */
@StartedWith(env = "MARQUETRY_MQTT__NO_MATCH=allow")
class RedisAuthIT extends RedisScenarios {
    @Override
    RedisServer startServer() throws Exception {
        RedisServer started = RedisServer.start();
        fill(started.cli());
        return started;
    }

    @Override
    List<String> connection() {
        return List.of(
                "servers = 127.0.0.1:" + server().daemon().port(),
                "username = mq",
                "password = mqpass",
                "tls = true",
                "tlsCaFile = " + server().ca());
    }

    @Test
    void givenSentinel_whenItNamesTheMaster_thenTheMasterIsAsked() throws Exception {
        Path masterFolder = Daemon.folder("redis");
        Path sentinelFolder = Daemon.folder("redis");
        int port = BrokerProcess.freePort();
        int sentinelPort = BrokerProcess.freePort();
        Path file = Files.writeString(
                sentinelFolder.resolve("sentinel.conf"),
                "port " + sentinelPort + "\nbind 127.0.0.1\ndir " + sentinelFolder
                        + "\nsentinel monitor here 127.0.0.1 " + port + " 1\n");
        Daemon.own(sentinelFolder, "redis");
        try (Daemon ignored = RedisServer.plain(port, masterFolder);
                Daemon ignoredToo = Daemon.start(
                        sentinelFolder,
                        sentinelPort,
                        Daemon.as(
                                "redis",
                                List.of(Tool.path("redis-server", "redis-server"), file.toString(), "--sentinel")))) {
            fill(cli(port));
            extension().remove("authenticator", "test");
            extension()
                    .authenticate(
                            "sentinel",
                            List.of("mode = sentinel", "servers = 127.0.0.1:" + sentinelPort, "sentinelMaster = here"));
            Patience.until("the master to be asked", () -> enter(as("meter", "secret")) == 0);
            back("sentinel");
        }
    }

    @Test
    void givenClusterOfThree_whenKeysLieOnEach_thenEachIsAsked() throws Exception {
        List<Daemon> nodes = new ArrayList<>();
        try {
            List<String> create =
                    new ArrayList<>(List.of(Tool.path("redis-cli", "redis-tools"), "--cluster", "create"));
            for (int i = 0; i < 3; i++) {
                // A node's second port is ten thousand above its first, unless it is named.
                nodes.add(RedisServer.plain(
                        BrokerProcess.freePort(),
                        Daemon.folder("redis"),
                        "--cluster-enabled",
                        "yes",
                        "--cluster-port",
                        Integer.toString(BrokerProcess.freePort())));
                create.add("127.0.0.1:" + nodes.get(i).port());
            }
            create.add("--cluster-yes");
            run(create);
            List<String> cli = new ArrayList<>(cli(nodes.get(0).port()));
            cli.add("-c");
            Patience.until(
                    "every node to know the cluster whole",
                    () -> nodes.stream().allMatch(node -> isWhole(cli(node.port()))));
            fill(cli);
            extension().remove("authenticator", "test");
            extension()
                    .authenticate(
                            "cluster",
                            List.of(
                                    "mode = cluster",
                                    "servers = 127.0.0.1:" + nodes.get(1).port()));
            for (String name : List.of("meter", "admin")) {
                Patience.until("the cluster to be asked", LIMIT, () -> enter(as(name, "secret")) == 0);
            }
            assertThat(enter(as("nul", PASSWORD_WITH_NUL))).isZero();
            assertThat(enter(as("long", LONG_PASSWORD))).isZero();
            back("cluster");
        } finally {
            for (Daemon node : nodes) {
                node.close();
            }
        }
    }

    private static boolean isWhole(List<String> cli) {
        try {
            return run(cli, "CLUSTER", "INFO").stream().anyMatch(line -> line.startsWith("cluster_state:ok"));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> cli(int port) {
        return List.of(Tool.path("redis-cli", "redis-tools"), "-p", Integer.toString(port));
    }

    /** The next test finds the instance of before. */
    private void back(String instance) throws IOException {
        extension().remove("authenticator", instance);
        extension().authenticate("test", configuration());
    }
}
