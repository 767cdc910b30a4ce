// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** HAProxy or nginx as Debian has them, in the foreground with a configuration of the test's own. */
final class Proxy implements AutoCloseable {
    private final Tool tool;

    private Proxy(Tool tool) {
        this.tool = tool;
    }

    /** Starts HAProxy and waits until it listens on this port. */
    static Proxy haproxy(Path folder, int port, String configuration) throws Exception {
        Path file = Files.writeString(folder.resolve("haproxy.cfg"), """
                global
                    maxconn 1000
                defaults
                    mode tcp
                    timeout connect 5s
                    timeout client 1h
                    timeout server 1h
                """ + configuration);
        return await(Tool.start(List.of(Tool.path("haproxy", "haproxy"), "-db", "-f", file.toString())), port);
    }

    /** Starts nginx with its stream module and waits until it listens on this port. */
    static Proxy nginx(Path folder, int port, String configuration) throws Exception {
        Files.createDirectories(folder.resolve("tmp"));
        StringBuilder text = new StringBuilder("""
                daemon off;
                master_process off;
                pid FOLDER/nginx.pid;
                error_log stderr;
                load_module /usr/lib/nginx/modules/ngx_stream_module.so;
                events { worker_connections 1000; }
                """);
        text.append(configuration);
        for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            int http = text.indexOf("http {");
            if (http >= 0) {
                text.insert(http + 6, "\n    " + kind + "_temp_path FOLDER/tmp/" + kind + ";");
            }
        }
        Path file =
                Files.writeString(folder.resolve("nginx.conf"), text.toString().replace("FOLDER", folder.toString()));
        return await(
                Tool.start(List.of(
                        Tool.path("nginx", "nginx-light"),
                        "-e",
                        "stderr",
                        "-p",
                        folder.toString(),
                        "-c",
                        file.toString())),
                port);
    }

    private static Proxy await(Tool tool, int port) {
        Patience.until("a proxy to listen on port " + port, () -> {
            if (!tool.isAlive()) {
                throw new AssertionError("The proxy has ended: " + tool);
            }
            try (Socket ignored = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return true;
            } catch (IOException e) {
                return false; // not yet
            }
        });
        return new Proxy(tool);
    }

    @Override
    public void close() throws InterruptedException {
        tool.close();
    }
}
