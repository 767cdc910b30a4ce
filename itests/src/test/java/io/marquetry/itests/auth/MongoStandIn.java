// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.Daemon;
import java.nio.file.Path;
import java.util.List;

/**
 * Speaks MongoDB's protocol in a process of its own, and is not MongoDB: Debian has none. What it has survives a kill.
 */
final class MongoStandIn {
    private MongoStandIn() {}

    static Daemon start() throws Exception {
        Path folder = Daemon.folder("nobody");
        int port = BrokerProcess.freePort();
        return Daemon.start(
                folder,
                port,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        MongoStandIn.class.getName(),
                        Integer.toString(port),
                        folder.resolve("data.mv").toString()));
    }

    /** Runs it until it is killed: port and file. */
    public static void main(String[] arguments) throws InterruptedException {
        new MongoServer(new H2Backend(arguments[1])).bind("127.0.0.1", Integer.parseInt(arguments[0]));
        Thread.currentThread().join();
    }
}
