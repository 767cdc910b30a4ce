// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** With what a broker of its own starts. Mutable while it is put together. */
public final class BrokerSettings {
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> configuration = new LinkedHashMap<>();
    private final List<String> extensions = new ArrayList<>();
    private final List<String> starter = new ArrayList<>();

    /** Everything as in the archive. */
    public static BrokerSettings defaults() {
        return new BrokerSettings();
    }

    /** Sets an environment variable, for example {@code MARQUETRY_MQTT__IDLE_TIMEOUT_SECONDS}. */
    public BrokerSettings env(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Sets a key in {@code conf/PID.cfg} before the broker starts. */
    public BrokerSettings conf(String pid, String key, String value) {
        configuration.computeIfAbsent(pid, name -> new LinkedHashMap<>()).put(key, value);
        return this;
    }

    /** Copies {@code extensions/marquetry-NAME.jar} into {@code deploy/} before the broker starts. */
    public BrokerSettings extension(String name) {
        extensions.add("marquetry-" + name + ".jar");
        return this;
    }

    /** Starts the broker by a program that ends in it, such as {@code setpriv --reuid=nobody}. */
    public BrokerSettings startedBy(String... words) {
        starter.addAll(List.of(words));
        return this;
    }

    /** Reads {@code NAME=VALUE} and {@code PID:key=value}, as annotations give them. */
    static BrokerSettings of(StartedWith annotation) {
        BrokerSettings settings = defaults();
        for (String pair : annotation.env()) {
            int equals = pair.indexOf('=');
            settings.env(pair.substring(0, equals), pair.substring(equals + 1));
        }
        for (String line : annotation.conf()) {
            int colon = line.indexOf(':');
            int equals = line.indexOf('=', colon);
            settings.conf(line.substring(0, colon), line.substring(colon + 1, equals), line.substring(equals + 1));
        }
        return settings;
    }

    Map<String, String> environment() {
        return environment;
    }

    Map<String, Map<String, String>> configuration() {
        return configuration;
    }

    /** What stands before the command. */
    List<String> starter() {
        return starter;
    }

    /** The names of their jars. */
    List<String> extensions() {
        return extensions;
    }
}
