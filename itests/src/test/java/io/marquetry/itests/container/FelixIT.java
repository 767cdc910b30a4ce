// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.container;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.core.port.Door;
import io.marquetry.itests.support.Distribution;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.util.tracker.ServiceTracker;

/** The broker's bundles in a bare Felix, looked at by a test that is a bundle itself: services come and go. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class FelixIT {
    private static final int BROKER_LEVEL = 80;
    private static final long LIMIT_MILLIS = 30_000;

    @Inject
    private BundleContext context;

    @Configuration
    public static Option[] configuration() throws Exception {
        List<Option> options = new ArrayList<>();
        // An empty folder in place of conf/ and deploy/: every section of the configuration is made with its defaults.
        Path folder = Files.createDirectories(Path.of("target", "felix").toAbsolutePath());
        options.add(frameworkProperty("felix.fileinstall.dir").value(folder.toString()));
        options.add(frameworkProperty("felix.fileinstall.noInitialDelay").value("true"));
        options.add(frameworkProperty("felix.cm.config.plugins").value("io.marquetry.config.environment"));
        options.add(frameworkProperty("org.ops4j.pax.logging.DefaultServiceLog.level")
                .value("WARN"));
        for (String location : Distribution.bundles(BROKER_LEVEL)) {
            // Native code travels in fragments, which are never started.
            options.add(location.contains("-native-epoll-") ? bundle(location).noStart() : bundle(location));
        }
        options.add(junitBundles());
        return options.toArray(Option[]::new);
    }

    private Door door() throws InterruptedException {
        ServiceTracker<Door, Door> tracker = new ServiceTracker<>(context, Door.class, null);
        tracker.open();
        try {
            Door door = tracker.waitForService(LIMIT_MILLIS);
            assertNotNull("the broker opens its door once it is configured", door);
            return door;
        } finally {
            tracker.close();
        }
    }

    private Bundle bundleOf(String symbolicName) {
        return Arrays.stream(context.getBundles())
                .filter(candidate -> candidate.getSymbolicName().equals(symbolicName))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no bundle " + symbolicName));
    }

    @Test
    public void givenAuthenticator_whenItComesAndGoes_thenTheDoorFollows() throws Exception {
        Door door = door();
        assertTrue("without an authenticator anyone may come in", door.anonymousAccess());

        ServiceRegistration<Authenticator> registration = context.registerService(
                Authenticator.class, credentials -> CompletableFuture.completedFuture(AuthResult.ACCEPTED), null);
        assertFalse("with one, nobody unasked", door.anonymousAccess());
        registration.unregister();

        assertTrue("it has gone", door.anonymousAccess());
    }

    @Test
    public void givenTransport_whenItIsStoppedAndRefreshed_thenTheBrokerBehindItIsTheSame() throws Exception {
        door();
        ServiceReference<Door> before = context.getServiceReference(Door.class);
        Bundle core = bundleOf("io.marquetry.core");
        Bundle transport = bundleOf("io.marquetry.transport");
        long since = core.getLastModified();

        transport.stop();
        transport.start();

        assertEquals(Bundle.ACTIVE, transport.getState());
        assertEquals(Bundle.ACTIVE, core.getState());
        assertEquals(since, core.getLastModified());
        assertEquals(
                "the door was never closed and opened again",
                before.getProperty(Constants.SERVICE_ID),
                context.getServiceReference(Door.class).getProperty(Constants.SERVICE_ID));
    }

    @Test
    public void givenCore_whenItStops_thenItsDoorIsClosedAndOpensAgain() throws Exception {
        door();
        Bundle core = bundleOf("io.marquetry.core");

        core.stop();
        assertNull("no door without a broker", context.getServiceReference(Door.class));
        core.start();

        assertNotNull(door());
    }
}
