// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.Daemon;
import java.nio.file.Path;
import java.util.List;

/**
 * Speaks MongoDB's protocol, over TLS, in a process of its own, and is not MongoDB: there is none as a package. It lets
 * everybody in. What it has survives a kill.
 */
final class MongoStandIn {
    private MongoStandIn() {}

    static Daemon start(Path folder, Certificates.Issued own) {
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
                        folder.resolve("data.mv").toString(),
                        own.certificate().toString(),
                        own.key().toString()));
    }

    /** Runs it until it is killed: port, file, certificate and key. */
    public static void main(String[] arguments) throws Exception {
        MongoServer server = new MongoServer(new H2Backend(arguments[1]));
        server.enableSsl(
                Certificates.key(Path.of(arguments[3])), null, Certificates.certificate(Path.of(arguments[2])));
        server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
        Thread.currentThread().join();
    }
}
