// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.http;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.Seldom;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks an HTTP server whether a client may connect. */
@Component(configurationPid = HttpAuthenticator.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class HttpAuthenticator implements Authenticator {
    static final String PID = "io.marquetry.auth.http.authenticator";

    private static final Logger LOG = LoggerFactory.getLogger(HttpAuthenticator.class);
    private static final String JSON_BODY =
            "{\"clientid\":\"${clientid}\",\"username\":\"${username}\",\"password\":\"${password}\"}";
    private static final String FORM_BODY = "clientid=${clientid}&username=${username}&password=${password}";
    private static final AuthResult DENIED = new AuthResult.Rejected(ReasonCode.NOT_AUTHORIZED);
    private static final AuthResult UNUSABLE = new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD);

    private final Seldom rejections = new Seldom(LOG);
    private final Server server;

    /** Reads the configuration; connects when the first client comes. */
    @Activate
    public HttpAuthenticator(Map<String, Object> properties) {
        server = Server.read(InstanceKeys.of(properties, PID), Set.of("password"), JSON_BODY, FORM_BODY, LOG);
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        ClientInfo client = credentials.client();
        String password = text(credentials.password());
        if (password == null) {
            return rejected(client, "its password is not UTF-8 and cannot be sent as text");
        }
        CompletionStage<Verdict> asked =
                server.ask(name -> name.equals("password") ? password : Server.value(client, name));
        if (asked == null) {
            return rejected(client, "what it says of itself would lead to another path of the server");
        }
        return asked.thenApply(HttpAuthenticator::result);
    }

    private CompletionStage<AuthResult> rejected(ClientInfo client, String reason) {
        rejections.say("rejected client=" + client.clientId() + ": " + reason);
        return CompletableFuture.completedFuture(UNUSABLE);
    }

    private static AuthResult result(Verdict verdict) {
        return switch (verdict.result()) {
            case ALLOW ->
                verdict.expiresAt() != 0 && verdict.expiresAt() <= System.currentTimeMillis()
                        ? DENIED
                        : new AuthResult.Accepted(
                                verdict.superuser(), verdict.attributes(), verdict.rules(), verdict.expiresAt());
            case DENY -> DENIED;
            case IGNORE -> AuthResult.ABSTAINED;
        };
    }

    private static @Nullable String text(byte @Nullable [] password) {
        if (password == null) {
            return "";
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(password))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Nobody asks any more. */
    @Deactivate
    void close() {
        server.close();
    }
}
