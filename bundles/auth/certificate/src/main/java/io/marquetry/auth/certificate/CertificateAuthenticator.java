// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.certificate;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.auth.support.Words;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Accepts clients by the certificate that their listener, or a trusted proxy in front of it, has checked; one without a
 * certificate is left to the next authenticator.
 */
@Component(configurationPid = "io.marquetry.auth.certificate", configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = CertificateAuthenticator.Config.class)
public final class CertificateAuthenticator implements Authenticator {
    /** What an operator can set. */
    @ObjectClassDefinition(name = "Marquetry: client certificates")
    public @interface Config {
        /** The name in the certificate. */
        @AttributeDefinition(description = "cn: the common name; dn: the distinguished name as RFC 2253 writes it")
        String field() default "cn";

        /** What must be the same. */
        @AttributeDefinition(description = "username, clientid, or any: every checked certificate is enough")
        String matches() default "username";
    }

    private enum Field {
        CN,
        DN
    }

    private enum Matches {
        USERNAME,
        CLIENTID,
        ANY
    }

    private static final CompletionStage<AuthResult> ACCEPTED = CompletableFuture.completedFuture(AuthResult.ACCEPTED);
    private static final CompletionStage<AuthResult> ABSTAINED =
            CompletableFuture.completedFuture(AuthResult.ABSTAINED);
    private static final CompletionStage<AuthResult> REJECTED =
            CompletableFuture.completedFuture(new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD));

    private final Field field;
    private final Matches matches;

    /** Reads the configuration. */
    @Activate
    public CertificateAuthenticator(Config config) {
        this(config.field(), config.matches());
    }

    CertificateAuthenticator(String field, String matches) {
        this.field = Words.one(Field.class, "field", field);
        this.matches = Words.one(Matches.class, "matches", matches);
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        ClientInfo client = credentials.client();
        PeerCertificate certificate = client.certificate();
        if (certificate == null) {
            return ABSTAINED;
        }
        String name = field == Field.CN ? certificate.commonName() : certificate.subject();
        boolean accepted = name != null
                && switch (matches) {
                    case USERNAME -> name.equals(client.username());
                    case CLIENTID -> name.equals(client.clientId());
                    case ANY -> true;
                };
        return accepted ? ACCEPTED : REJECTED;
    }
}
