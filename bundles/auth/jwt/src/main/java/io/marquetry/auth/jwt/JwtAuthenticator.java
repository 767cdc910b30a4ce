// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

import com.nimbusds.jose.Algorithm;
import com.nimbusds.jose.Header;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.extension.Blocking;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.Seldom;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts clients that bring a signed JSON Web Token. Checking a signature costs up to a third of a millisecond, so it
 * is not done on an event loop.
 */
@Blocking
@Component(configurationPid = JwtAuthenticator.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class JwtAuthenticator implements Authenticator {
    static final String PID = "io.marquetry.auth.jwt";

    private static final Logger LOG = LoggerFactory.getLogger(JwtAuthenticator.class);
    private static final AuthResult REJECTED = new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
    private static final int PARTS = 3;

    private enum From {
        PASSWORD,
        USERNAME
    }

    private enum Missing {
        ABSTAIN,
        REJECT
    }

    private final Seldom rejections = new Seldom(LOG);
    private final InstantSource clock;
    private final From from;
    private final Missing missing;
    private final int maxTokenBytes;
    private final Claims claims;
    private final KeySource keys;

    /** Reads the configuration, and begins to fetch a key set. */
    @Activate
    public JwtAuthenticator(Map<String, Object> properties) {
        this(properties, InstantSource.system());
    }

    JwtAuthenticator(Map<String, Object> properties, InstantSource clock) {
        InstanceKeys instance = InstanceKeys.of(properties, PID);
        this.clock = clock;
        from = instance.keys().word("from", From.PASSWORD);
        missing = instance.keys().word("missing", Missing.ABSTAIN);
        maxTokenBytes = instance.keys().integer("maxTokenBytes", 8 << 10, 64, 64 << 10);
        claims = Claims.read(instance);
        keys = Keyring.read(instance, LOG);
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        ClientInfo client = credentials.client();
        try {
            String text = text(credentials);
            JWSObject token = text == null ? null : token(text);
            if (token == null) {
                return CompletableFuture.completedFuture(
                        missing == Missing.REJECT ? rejected(client, "it brings no token") : AuthResult.ABSTAINED);
            }
            return keys.keys(token.getHeader()).thenApply(fitting -> result(client, token, fitting));
        } catch (Refused refused) {
            return CompletableFuture.completedFuture(rejected(client, refused.getMessage()));
        }
    }

    private @Nullable String text(Credentials credentials) {
        if (from == From.USERNAME) {
            String username = credentials.client().username();
            return username == null ? null : bounded(username, username.length());
        }
        byte[] password = credentials.password();
        return password == null ? null : bounded(new String(password, StandardCharsets.ISO_8859_1), password.length);
    }

    private String bounded(String text, int bytes) {
        if (bytes > maxTokenBytes) {
            throw new Refused("expected a token of at most " + maxTokenBytes + " bytes, got " + bytes);
        }
        return text;
    }

    /** The token, or null when the text is none. */
    private static @Nullable JWSObject token(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != PARTS) {
            return null;
        }
        Map<String, Object> header;
        try {
            header = JSONObjectUtils.parse(new Base64URL(parts[0]).decodeToString());
        } catch (ParseException e) {
            return null; // three words of a password
        }
        if (header == null || !header.containsKey("alg")) {
            return null;
        }
        try {
            if (Header.parseAlgorithm(header).equals(Algorithm.NONE)) {
                throw new Refused("it is not signed (alg none)");
            }
            return JWSObject.parse(text);
        } catch (ParseException | IllegalArgumentException e) {
            throw new Refused("it is not a signed token: " + Refused.shown(String.valueOf(e.getMessage())));
        }
    }

    private AuthResult result(ClientInfo client, JWSObject token, List<VerificationKey> fitting) {
        try {
            if (fitting.isEmpty()) {
                throw new Refused("there is no key for alg "
                        + Refused.shown(token.getHeader().getAlgorithm().getName()) + " and kid "
                        + Refused.shown(String.valueOf(token.getHeader().getKeyID())));
            }
            if (fitting.stream().noneMatch(key -> key.hasSigned(token))) {
                throw new Refused("its signature is wrong");
            }
            Map<String, Object> payload = token.getPayload().toJSONObject();
            if (payload == null) {
                throw new Refused("its claims are not a JSON object");
            }
            return claims.check(payload, client, clock.millis());
        } catch (Refused refused) {
            return rejected(client, refused.getMessage());
        }
    }

    private AuthResult rejected(ClientInfo client, @Nullable String reason) {
        rejections.say("rejected a token of client=" + client.clientId() + ": " + reason);
        return REJECTED;
    }

    /** Nobody asks any more. */
    @Deactivate
    void close() {
        keys.close();
    }
}
