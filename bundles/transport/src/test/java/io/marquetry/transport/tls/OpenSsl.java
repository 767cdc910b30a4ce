// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** The program {@code openssl}: a small authority in a directory of its own, and a client. */
final class OpenSsl {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Path directory;

    /** @param directory for its files; empty */
    OpenSsl(Path directory) {
        this.directory = directory;
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    /** Runs the program in the directory and answers what it printed. */
    static String run(Path directory, String... arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            return code == 0 ? output : output + "\nexit code " + code;
        } catch (IOException e) {
            throw new AssertionError("this test needs the program openssl (apt-get install openssl)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Runs the program with words parted by blanks; a failure is the test's. */
    String must(String words) {
        String output = run(directory, words.split(" "));
        if (output.contains("\nexit code ")) {
            throw new AssertionError("openssl " + words + ": " + output);
        }
        return output;
    }

    /** An authority {@code NAME.crt}, {@code NAME.key}. */
    OpenSsl authority(String name) throws IOException {
        must("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=" + name + " -keyout "
                + name + ".key -out " + name + ".crt");
        Files.writeString(file(name + ".index"), "");
        Files.writeString(file(name + ".serial"), "1000\n");
        Files.writeString(file(name + ".cnf"), """
                [ca]
                default_ca = this
                [this]
                database = NAME.index
                serial = NAME.serial
                new_certs_dir = .
                certificate = NAME.crt
                private_key = NAME.key
                default_md = sha256
                default_crl_days = 30
                unique_subject = no
                policy = any
                copy_extensions = copy
                [any]
                commonName = supplied
                """.replace("NAME", name));
        return this;
    }

    /**
     * A certificate {@code NAME.crt} with {@code NAME.key} of an authority.
     *
     * @param key what {@code -newkey} takes: {@code rsa:2048} or {@code ec -pkeyopt ec_paramgen_curve:P-256}
     * @param extension such as {@code subjectAltName=DNS:a.example} or {@code extendedKeyUsage=clientAuth}
     * @param life from now on; a negative one has ended
     */
    OpenSsl issue(String authority, String name, String key, String extension, Duration life) {
        must("req -new -newkey " + key + " -nodes -subj /CN=" + name + " -addext " + extension + " -keyout " + name
                + ".key -out " + name + ".csr");
        Instant end = Instant.now().plus(life);
        must("ca -batch -notext -config " + authority + ".cnf -startdate "
                + TIME.format(end.minus(Duration.ofDays(400))) + " -enddate " + TIME.format(end) + " -in " + name
                + ".csr -out " + name + ".crt");
        return this;
    }

    /** A server's certificate of P-256 for these names. */
    OpenSsl server(String authority, String name, String names) {
        return issue(
                authority, name, "ec -pkeyopt ec_paramgen_curve:P-256", "subjectAltName=" + names, Duration.ofDays(90));
    }

    /** A client's certificate of P-256. */
    OpenSsl client(String authority, String name, Duration life) {
        return issue(authority, name, "ec -pkeyopt ec_paramgen_curve:P-256", "extendedKeyUsage=clientAuth", life);
    }

    /** Revokes a certificate in the next list. */
    OpenSsl revoke(String authority, String name) {
        must("ca -config " + authority + ".cnf -revoke " + name + ".crt");
        return this;
    }

    /** The list {@code AUTHORITY.crl}. */
    OpenSsl list(String authority, Duration life) {
        Instant end = Instant.now().plus(life);
        must("ca -gencrl -config " + authority + ".cnf -crl_lastupdate " + TIME.format(end.minus(Duration.ofDays(60)))
                + " -crl_nextupdate " + TIME.format(end) + " -out " + authority + ".crl");
        return this;
    }

    /** Connects as {@code s_client}, waits for an echo and answers what was printed before it came. */
    String visit(int port, String words) throws IOException, InterruptedException {
        Process client = new ProcessBuilder(
                        ("timeout 20 openssl s_client -connect 127.0.0.1:" + port + " " + words).split(" "))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        StringBuilder output = new StringBuilder();
        try (OutputStream input = client.getOutputStream();
                BufferedReader lines = client.inputReader()) {
            input.write("hello\n".getBytes(StandardCharsets.US_ASCII));
            input.flush();
            for (String line = lines.readLine(); line != null && !line.equals("hello"); line = lines.readLine()) {
                output.append(line).append('\n');
            }
        }
        client.waitFor();
        return output.toString();
    }
}
