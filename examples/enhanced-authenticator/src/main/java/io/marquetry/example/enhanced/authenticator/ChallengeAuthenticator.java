// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.enhanced.authenticator;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.EnhancedAuthenticator;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Challenges a client with random bytes, which it has to sign together with its identifier by a key that it shares with
 * the broker: the key itself is never sent, and what was heard on the line is of no use later.
 */
@Component(configurationPid = "io.marquetry.example.enhanced.authenticator")
@Designate(ocd = ChallengeAuthenticator.Config.class)
public final class ChallengeAuthenticator implements EnhancedAuthenticator {
    /** What an operator can set. */
    @ObjectClassDefinition(name = "Marquetry: example of an enhanced authenticator")
    public @interface Config {
        /** The key; nobody is let in without one. */
        @AttributeDefinition(description = "The key that answers are signed with")
        String key() default "";
    }

    private static final Logger LOG = LoggerFactory.getLogger(ChallengeAuthenticator.class);
    private static final int CHALLENGE_BYTES = 32;
    private static final Step FAILURE = new Step.Failure(new AuthResult.Rejected(ReasonCode.NOT_AUTHORIZED));

    private final SecureRandom random = new SecureRandom();
    private final String key;

    /** Reads the configuration. */
    @Activate
    public ChallengeAuthenticator(Config config) {
        key = config.key();
        if (key.isEmpty()) {
            LOG.error(
                    "expected a key in conf/io.marquetry.example.enhanced.authenticator.cfg, got none; nobody is let in by {} until there is one",
                    method());
        }
    }

    @Override
    public String method() {
        return "X-CHALLENGE-SHA256";
    }

    @Override
    public Exchange begin(ClientInfo client, boolean reauthentication) {
        return new Conversation(client.clientId());
    }

    /** The answer to a challenge: HMAC-SHA256 of the challenge and the client identifier behind it. */
    static byte[] answer(String key, byte[] challenge, String clientId) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update(challenge);
            return mac.doFinal(clientId.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("expected HmacSHA256, which every Java has", e);
        }
    }

    /** First the challenge, then its answer. */
    private final class Conversation implements Exchange {
        private final String clientId;
        private byte @Nullable [] challenge;

        Conversation(String clientId) {
            this.clientId = clientId;
        }

        @Override
        public CompletionStage<Step> next(byte @Nullable [] data) {
            byte[] sent = challenge;
            if (sent == null) {
                sent = new byte[CHALLENGE_BYTES];
                random.nextBytes(sent);
                challenge = sent;
                return CompletableFuture.completedFuture(new Step.Challenge(sent));
            }
            boolean right = !key.isEmpty() && data != null && MessageDigest.isEqual(answer(key, sent, clientId), data);
            return CompletableFuture.completedFuture(right ? new Step.Success(null) : FAILURE);
        }
    }
}
