// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.auth.Policy;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.auth.support.Place;
import io.marquetry.auth.support.WatchedFile;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides by the rules of a file, which can be edited while clients are connected. */
@Component(configurationPid = AclAuthorizer.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = AclAuthorizer.Config.class)
public final class AclAuthorizer implements Authorizer {
    /** What an operator can set. */
    @ObjectClassDefinition(name = "Marquetry: access rules of a file")
    public @interface Config {
        /** The file of rules. */
        @AttributeDefinition(description = "The file of rules; relative to the broker's directory")
        String file() default "conf/acl.conf";
    }

    static final String PID = "io.marquetry.auth.acl";
    private static final Logger LOG = LoggerFactory.getLogger(AclAuthorizer.class);

    private final AclFile file;
    private final WatchedFile watch;

    /** Absent until the broker is up, which is after us. */
    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile @Nullable Policy policy;

    /** Reads the rules and begins to watch them. */
    @Activate
    public AclAuthorizer(Config config) {
        this(path(config.file()));
    }

    AclAuthorizer(Path path) {
        file = new AclFile(path, this::tell);
        watch = new WatchedFile("marquetry-auth-acl", path, file::read);
    }

    private static Path path(String file) {
        try {
            if (!file.isBlank()) {
                return Place.of(file);
            }
        } catch (InvalidPathException e) {
            LOG.debug("no path", e);
        }
        throw new IllegalArgumentException(
                "conf/" + PID + ".cfg: file = " + file + ": expected the path of a file, such as conf/acl.conf");
    }

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        return file.rules().decide(client, action, topic);
    }

    private void tell() {
        Policy told = policy;
        if (told != null) {
            told.changed();
        }
    }

    @Deactivate
    void close() {
        watch.close();
    }
}
