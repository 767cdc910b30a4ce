// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.authenticator;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.mqtt.ReasonCode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a device in whose password is its client identifier, signed with a key that the factory and the broker share: no
 * table of users is needed. Clients with another user name are left to other authenticators.
 */
@Component(configurationPid = "io.marquetry.example.authenticator")
@Designate(ocd = KeyAuthenticator.Config.class)
public final class KeyAuthenticator implements Authenticator {
    /** What an operator can set. */
    @ObjectClassDefinition(name = "Marquetry: example of an authenticator")
    public @interface Config {
        /** The key; nobody is let in without one. */
        @AttributeDefinition(description = "The key that passwords are made with")
        String key() default "";

        /** The user name of devices. */
        @AttributeDefinition(description = "The user name of clients that this authenticator decides about")
        String username() default "device";
    }

    private static final Logger LOG = LoggerFactory.getLogger(KeyAuthenticator.class);
    private static final CompletionStage<AuthResult> ACCEPTED = CompletableFuture.completedFuture(AuthResult.ACCEPTED);
    private static final CompletionStage<AuthResult> ABSTAINED =
            CompletableFuture.completedFuture(AuthResult.ABSTAINED);
    private static final CompletionStage<AuthResult> REJECTED =
            CompletableFuture.completedFuture(new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD));

    private final String key;
    private final String username;

    /** Reads the configuration. An extension that is not ready must not leave the door open: it stays, and rejects. */
    @Activate
    public KeyAuthenticator(Config config) {
        key = config.key();
        username = config.username();
        if (key.isEmpty()) {
            LOG.error(
                    "expected a key in conf/io.marquetry.example.authenticator.cfg, got none; every device is rejected until there is one");
        }
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        if (!username.equals(credentials.client().username())) {
            return ABSTAINED;
        }
        byte[] password = credentials.password();
        if (key.isEmpty() || password == null) {
            return REJECTED;
        }
        byte[] expected = password(key, credentials.client().clientId()).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(expected, password) ? ACCEPTED : REJECTED;
    }

    /** The password of a device: HMAC-SHA256 of its client identifier, in hexadecimal. */
    static String password(String key, String clientId) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(clientId.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("expected HmacSHA256, which every Java has", e);
        }
    }
}
