// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.ConfigurationListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the configurations that must exist without a file: the sections of core, so that core waits for its
 * configuration and is never started with defaults first, and the listeners that only the environment names. They are
 * empty, the plugin fills them on delivery. One that is deleted nevertheless, by a command, comes back empty.
 */
final class Configurations implements ConfigurationListener {
    private static final Logger LOG = LoggerFactory.getLogger(Configurations.class);

    private final ConfigurationAdmin admin;
    private final Set<String> needed = new TreeSet<>();

    Configurations(ConfigurationAdmin admin, Environment environment) {
        this.admin = admin;
        Environment.CORE_SECTIONS.forEach(section -> needed.add("io.marquetry.core." + section));
        needed.addAll(environment.listeners());
    }

    /** Makes those that are missing now; one that a file has made is left alone. */
    void makeMissing() {
        needed.forEach(this::makeIfMissing);
    }

    @Override
    public void configurationEvent(ConfigurationEvent event) {
        if (event.getType() == ConfigurationEvent.CM_DELETED && needed.contains(event.getPid())) {
            makeIfMissing(event.getPid());
        }
    }

    boolean isNeeded(String pid) {
        return needed.contains(pid);
    }

    /** Forgets what a file said, in one step: whoever uses the configuration is told of a change, not of an end. */
    void empty(String pid) {
        write(pid, true);
    }

    private void makeIfMissing(String pid) {
        write(pid, false);
    }

    private void write(String pid, boolean overwrite) {
        try {
            int name = pid.indexOf('~');
            Configuration configuration = name < 0
                    ? admin.getConfiguration(pid, "?")
                    : admin.getFactoryConfiguration(pid.substring(0, name), pid.substring(name + 1), "?");
            if (overwrite || configuration.getProperties() == null) {
                configuration.update(FrameworkUtil.asDictionary(Map.of()));
            }
        } catch (IOException e) {
            LOG.error("cannot make the configuration {}: {}; what needs it stays inactive", pid, e.toString());
        }
    }
}
