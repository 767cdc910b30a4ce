// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import java.util.Arrays;
import java.util.Timer;
import java.util.TimerTask;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once, when extensions have had time to be installed from {@code deploy/}, which variables speak of a bundle that
 * is not there: a misspelt name looks exactly like an extension that somebody forgot to install.
 */
final class ExtensionCheck extends TimerTask {
    private static final Logger LOG = LoggerFactory.getLogger(ExtensionCheck.class);
    private static final long MILLIS_FOR_DEPLOY = 10_000;

    private final BundleContext context;
    private final Environment environment;

    private ExtensionCheck(BundleContext context, Environment environment) {
        this.context = context;
        this.environment = environment;
    }

    static ExtensionCheck schedule(BundleContext context, Environment environment) {
        ExtensionCheck check = new ExtensionCheck(context, environment);
        if (!environment.extensionPids().isEmpty()) {
            new Timer("marquetry-config-check", true).schedule(check, MILLIS_FOR_DEPLOY);
        }
        return check;
    }

    @Override
    public void run() {
        for (String pid : environment.extensionPids()) {
            if (Arrays.stream(context.getBundles()).noneMatch(bundle -> owns(bundle, pid))) {
                LOG.warn(
                        "the environment has values for io.marquetry.{}, but no bundle of that name is installed;"
                                + " expected: the name of an extension in deploy/",
                        pid);
            }
        }
    }

    /** A PID is its bundle's symbolic name, or begins with it. */
    private static boolean owns(Bundle bundle, String pid) {
        String name = bundle.getSymbolicName();
        return name != null && ("io.marquetry." + pid + ".").startsWith(Environment.canonical(name) + ".");
    }
}
