// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import io.marquetry.api.config.Keys;
import io.marquetry.config.Environment;
import io.marquetry.core.internal.config.FlappingSettings;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.NodeSettings;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.config.SysSettings;
import io.marquetry.transport.ListenerCheck;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.felix.utils.properties.InterpolationHelper;

/**
 * {@code bin/marquetry check-config}: reads {@code conf/} and the environment as the broker would, with the broker's
 * own readers, and says what is wrong, without a container and beside a running broker.
 */
public final class CheckConfig {
    private static final String SUFFIX = ".cfg";
    /** PID, or beginning of it up to an instance's name, to the one who reads it. */
    private static final Map<String, Consumer<Keys>> READERS = readers();

    private final Path conf;
    private final Environment environment;
    private final List<String> problems = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private static Map<String, Consumer<Keys>> readers() {
        Map<String, Consumer<Keys>> readers = new TreeMap<>(ListenerCheck.readers());
        readers.put(MqttSettings.PID, MqttSettings::read);
        readers.put(NodeSettings.PID, NodeSettings::read);
        readers.put(RetainedSettings.PID, RetainedSettings::read);
        readers.put(FlappingSettings.PID, FlappingSettings::read);
        readers.put(SysSettings.PID, SysSettings::read);
        return readers;
    }

    CheckConfig(Path conf, Environment environment) {
        this.conf = conf;
        this.environment = environment;
    }

    /**
     * Checks the configuration of the base directory, or the archive's defaults when that has none yet. The exit code
     * is 0 when everything is right and 1 when something is not.
     *
     * @param args none
     */
    public static void main(String[] args) {
        Path conf = Path.of(System.getProperty("marquetry.base"), "conf");
        if (!Files.isDirectory(conf)) {
            conf = Path.of(System.getProperty("marquetry.home"), "conf");
        }
        CheckConfig check = new CheckConfig(conf, Environment.of(System.getenv()));
        check.run();
        check.notes.forEach(System.out::println);
        check.problems.forEach(System.err::println);
        System.out.println(
                check.problems.isEmpty()
                        ? "marquetry: the configuration in " + conf + " is right"
                        : "marquetry: " + check.problems.size() + " to put right in " + conf + " or the environment");
        System.exit(check.problems.isEmpty() ? 0 : 1);
    }

    void run() {
        problems.addAll(environment.problems());
        SortedMap<String, Map<String, String>> configurations = new TreeMap<>();
        READERS.keySet().stream().filter(pid -> !pid.endsWith("~")).forEach(pid -> configurations.put(pid, Map.of()));
        environment.listeners().forEach(pid -> configurations.put(pid, Map.of()));
        configurations.putAll(readFiles());
        configurations.forEach(this::check);
    }

    private SortedMap<String, Map<String, String>> readFiles() {
        SortedMap<String, Map<String, String>> result = new TreeMap<>();
        try (Stream<Path> files = Files.list(conf)) {
            for (Path file : (Iterable<Path>) files.sorted()::iterator) {
                String name = file.getFileName().toString();
                if (name.endsWith(SUFFIX)) {
                    String pid =
                            name.substring(0, name.length() - SUFFIX.length()).replaceFirst("[-~]", "~");
                    result.put(pid, read(file));
                }
            }
        } catch (IOException e) {
            problems.add("cannot read " + conf + ": " + e);
        }
        return result;
    }

    private Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            properties.load(in);
        } catch (IOException | IllegalArgumentException e) {
            problems.add(file + ": expected lines of the form key = value, got: " + e.getMessage());
        }
        Map<String, String> values = new TreeMap<>();
        properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
        // As File Install does: ${env:NAME} and system properties.
        InterpolationHelper.performSubstitution(values);
        return values;
    }

    private void check(String pid, Map<String, String> fromFile) {
        int name = pid.indexOf('~') + 1;
        Consumer<Keys> reader = READERS.get(name == 0 ? pid : pid.substring(0, name));
        if (reader == null) {
            notes.add(conf.resolve(pid.replace('~', '-') + SUFFIX) + ": for an extension; not checked here");
            return;
        }
        Map<String, String> values = new TreeMap<>(fromFile);
        values.putAll(environment.valuesOf(pid));
        Keys keys = new Keys(pid, values);
        reader.accept(keys);
        problems.addAll(keys.problems());
        problems.addAll(keys.unknown());
    }

    List<String> problems() {
        return List.copyOf(problems);
    }

    List<String> notes() {
        return List.copyOf(notes);
    }
}
