// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.config.Keys;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One section of the configuration and the settings made of it. A section with something wrong in it is refused whole,
 * so that no half of a change goes into force; at the start, when there is nothing older, defaults stand in for what is
 * wrong.
 *
 * @param <T> the settings
 */
final class Section<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Section.class);

    private final String pid;
    private final Function<Keys, T> reader;
    private volatile T settings;
    private boolean loaded;
    private List<String> lastComplaints = List.of();

    Section(String pid, Function<Keys, T> reader) {
        this.pid = pid;
        this.reader = reader;
        this.settings = reader.apply(new Keys(pid, Map.of()));
    }

    /** What is in force. */
    T settings() {
        return settings;
    }

    /** Reads the section again; returns whether other settings are in force now. */
    synchronized boolean load(ConfigurationAdmin admin) {
        Keys keys = new Keys(pid, values(admin));
        T read = reader.apply(keys);
        List<String> complaints = new ArrayList<>(keys.problems());
        complaints.addAll(keys.unknown());
        boolean said = complaints.equals(lastComplaints); // another section changed, this one did not
        lastComplaints = complaints;
        if (!said) {
            keys.unknown().forEach(LOG::warn);
            for (String problem : keys.problems()) {
                LOG.error(
                        "{}; {}",
                        problem,
                        loaded
                                ? "the settings of before go on, nothing of this file is in force"
                                : "its default is used");
            }
        }
        if (loaded && !keys.problems().isEmpty()) {
            return false;
        }
        boolean changed = !read.equals(settings);
        settings = read;
        if (changed && loaded) {
            LOG.info("{}: new settings are in force", pid);
        }
        loaded = true;
        return changed;
    }

    private Map<String, Object> values(ConfigurationAdmin admin) {
        Map<String, Object> values = new HashMap<>();
        try {
            Configuration[] found = admin.listConfigurations("(service.pid=" + pid + ")");
            if (found == null) {
                return values;
            }
            Dictionary<String, Object> properties = found[0].getProcessedProperties(null);
            if (properties != null) {
                for (String key : Collections.list(properties.keys())) {
                    values.put(key, properties.get(key));
                }
            }
        } catch (IOException e) {
            LOG.error("the configuration {} cannot be read; expected a readable file in conf/", pid, e);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        return values;
    }
}
