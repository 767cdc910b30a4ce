// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static io.marquetry.itests.frontdoor.FrontDoor.Type.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.Certificates.Issued;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates change a hundred times while clients publish: new ones see the new certificate, nobody is cut off. */
@OnlyMarquetry
class RotationIT {
    private static final int ROTATIONS = 100;
    private static final int CLIENTS = 20;

    @TempDir
    Path folder;

    @Test
    void givenClientsUnderLoad_whenCertificatesChangeAHundredTimes_thenNobodyIsDisconnected() throws Exception {
        Certificates certificates = Certificates.in(Files.createDirectory(folder.resolve("ca")));
        List<Issued> issued = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            issued.add(certificates.server("server" + i, "localhost", "127.0.0.1"));
        }
        Path live = Files.createDirectory(folder.resolve("live"));
        put(issued.get(0), live);
        SSLContext context = certificates.context(null);
        ExecutorService threads = Executors.newCachedThreadPool();
        try (FrontDoor door = FrontDoor.builder()
                // A look at the files every 50 ms: what is proved is the change, not the waiting for it.
                .env("MARQUETRY_JAVA_OPTS=-ea -Dio.netty.leakDetection.level=paranoid -Dmarquetry.tls.lookMillis=50")
                .listener(SSL, "CERT_FILE=" + live.resolve("fullchain.pem"), "KEY_FILE=" + live.resolve("privkey.pem"))
                .start()) {
            AtomicBoolean over = new AtomicBoolean();
            List<Future<Integer>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Probe probe = Probe.secure(door.port(SSL), Version.V5, context);
                probe.connectOk(Packets.connect("rotating" + i));
                probe.subscribe("rotating/" + i, 1);
                String topic = "rotating/" + i;
                clients.add(threads.submit(() -> talk(probe, topic, over)));
            }

            for (int i = 1; i <= ROTATIONS; i++) {
                int mark = door.broker().log().mark();
                put(issued.get(i % issued.size()), live);
                String serial = serial(issued.get(i % issued.size()).certificate());
                door.broker().log().await(mark, "listener ssl:default shows .*serial " + serial + ",");
                assertThat(shown(door.port(SSL), certificates)).isEqualTo(serial);
            }
            over.set(true);

            for (Future<Integer> client : clients) {
                assertThat(client.get()).isPositive();
            }
            assertThat(door.ended("ssl:default", "normal")).isEqualTo(CLIENTS);
            Accounting.assertBalanced(door.broker().port());
        } finally {
            threads.shutdownNow();
        }
    }

    /** Publishes to itself until it is over; returns how many messages came back, each of them in order. */
    private static int talk(Probe probe, String topic, AtomicBoolean over) {
        int sent = 0;
        while (!over.get()) {
            probe.publish(topic, "m" + sent, 1);
            Publish back = probe.await(Publish.class);
            assertThat(back.text()).isEqualTo("m" + sent);
            probe.acknowledge(back);
            sent++;
        }
        probe.disconnect();
        return sent;
    }

    /** As certbot does it: new files, then two links that change one after the other. */
    private static void put(Issued issued, Path live) throws Exception {
        link(live.resolve("fullchain.pem"), issued.certificate());
        link(live.resolve("privkey.pem"), issued.key());
    }

    private static void link(Path link, Path target) throws Exception {
        Path part = link.resolveSibling(link.getFileName() + ".part");
        Files.createSymbolicLink(part, target);
        Files.move(part, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String serial(Path certificate) throws Exception {
        try (var in = Files.newInputStream(certificate)) {
            return ((X509Certificate) java.security.cert.CertificateFactory.getInstance("X.509")
                            .generateCertificate(in))
                    .getSerialNumber()
                    .toString(16);
        }
    }

    /** The serial number of the certificate that a new client is shown. */
    private static String shown(int port, Certificates certificates) {
        try (SSLSocket socket = (SSLSocket)
                certificates.context(null).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSerialNumber()
                    .toString(16);
        } catch (Exception e) {
            throw new AssertionError("A new client must always get in", e);
        }
    }
}
