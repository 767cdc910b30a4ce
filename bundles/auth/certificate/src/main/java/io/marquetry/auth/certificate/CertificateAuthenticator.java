// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.certificate;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.auth.support.InstanceKeys;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts clients by the certificate that their listener has checked, when it names them as they name themselves. A
 * client without a certificate is somebody else's.
 */
@Component(
        service = Authenticator.class,
        configurationPid = CertificateAuthenticator.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class CertificateAuthenticator implements Authenticator {
    /** What has to be as in the certificate. */
    enum Match {
        USERNAME,
        CLIENTID
    }

    /** What of the certificate. */
    enum Field {
        CN,
        DN
    }

    /** What becomes of a client whose certificate names somebody else. */
    enum Mismatch {
        REJECT,
        ABSTAIN
    }

    static final String PID = "io.marquetry.auth.certificate";
    private static final Logger LOG = LoggerFactory.getLogger(CertificateAuthenticator.class);
    private static final CompletionStage<AuthResult> ACCEPTED = CompletableFuture.completedStage(AuthResult.ACCEPTED);
    private static final CompletionStage<AuthResult> ABSTAINED = CompletableFuture.completedStage(AuthResult.ABSTAINED);
    private static final CompletionStage<AuthResult> REJECTED =
            CompletableFuture.completedStage(new AuthResult.Rejected(ReasonCode.NOT_AUTHORIZED));

    private final Match match;
    private final Field field;
    private final CompletionStage<AuthResult> mismatch;

    /** Reads the configuration. */
    @Activate
    public CertificateAuthenticator(Map<String, Object> properties) {
        InstanceKeys instance = InstanceKeys.of(properties, PID);
        match = instance.keys().word("match", Match.USERNAME);
        field = instance.keys().word("field", Field.CN);
        mismatch = instance.keys().word("mismatch", Mismatch.REJECT) == Mismatch.REJECT ? REJECTED : ABSTAINED;
        instance.finish(LOG);
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        ClientInfo client = credentials.client();
        PeerCertificate certificate = client.certificate();
        if (certificate == null) {
            return ABSTAINED;
        }
        String claimed = match == Match.USERNAME ? client.username() : client.clientId();
        return claimed != null && names(certificate, claimed) ? ACCEPTED : mismatch;
    }

    private boolean names(PeerCertificate certificate, String claimed) {
        if (field == Field.CN) {
            return !claimed.isEmpty() && claimed.equals(certificate.commonName());
        }
        LdapName subject = name(certificate.subject());
        return subject != null && !subject.isEmpty() && subject.equals(name(claimed));
    }

    /** Distinguished names are equal in spite of spaces and of the case of their types: {@code cn=x, O=y}. */
    private static @Nullable LdapName name(@Nullable String text) {
        try {
            return text == null ? null : new LdapName(text);
        } catch (InvalidNameException e) {
            return null;
        }
    }
}
