// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.http;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.auth.support.web.Granted;
import io.marquetry.auth.support.web.WebClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the server says.
 *
 * @param expiresAt in milliseconds since 1970; 0 is never
 */
record Verdict(
        Result result, boolean superuser, Map<String, String> attributes, List<AccessRule> rules, long expiresAt) {
    private static final int OK = 200;
    private static final int NO_CONTENT = 204;
    private static final int MOST_SHOWN = 80;

    /** What it says of this client, or of this action. */
    enum Result {
        ALLOW,
        DENY,
        IGNORE
    }

    /** What a status of 400 to 499 means. */
    enum ClientError {
        ERROR,
        DENY,
        IGNORE
    }

    /** The server said nothing sensible; the message says what. */
    static final class Garbage extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Garbage(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Understands an answer.
     *
     * @param server how errors call the server
     * @throws Garbage when there is nothing to understand
     */
    static Verdict of(Answer answer, ClientError clientError, String server) {
        int status = answer.status();
        if (status == NO_CONTENT) {
            return bare(Result.ALLOW);
        }
        if (status >= 400 && status < 500 && clientError != ClientError.ERROR) {
            return bare(clientError == ClientError.DENY ? Result.DENY : Result.IGNORE);
        }
        if (status != OK) {
            String redirect = status >= 300 && status < 400 ? "; redirects are not followed" : "";
            throw new Garbage(server + ": expected status 200 or 204, got " + status + redirect, null);
        }
        try {
            if (Json.read(answer.body()) instanceof Map<?, ?> map) {
                return read(map);
            }
            throw new IllegalArgumentException("expected an object");
        } catch (IOException | IllegalArgumentException e) {
            throw new Garbage(
                    server + ": expected JSON with \"result\": \"allow\", \"deny\" or \"ignore\", got "
                            + shown(answer.body()) + " (" + firstLine(e) + ")",
                    e);
        }
    }

    private static Verdict bare(Result result) {
        return new Verdict(result, false, Map.of(), List.of(), 0);
    }

    private static Verdict read(Map<?, ?> map) {
        Result result = switch (String.valueOf(map.get("result"))) {
            case "allow" -> Result.ALLOW;
            case "deny" -> Result.DENY;
            case "ignore" -> Result.IGNORE;
            default -> throw new IllegalArgumentException("result is " + map.get("result"));
        };
        return new Verdict(
                result,
                flag(map.get("is_superuser")),
                Granted.attributes(map.get("client_attrs")),
                Granted.rules(map.get("acl")),
                Granted.millis("expire_at", map.get("expire_at")));
    }

    private static boolean flag(@Nullable Object json) {
        if (json == null) {
            return false;
        }
        if (json instanceof Boolean flag) {
            return flag;
        }
        throw new IllegalArgumentException("expected is_superuser of true or false, got " + json);
    }

    private static String shown(byte[] body) {
        String text = new String(body, 0, Math.min(body.length, MOST_SHOWN), StandardCharsets.UTF_8);
        return body.length + " bytes \"" + text.replaceAll("\\p{Cntrl}", " ") + (body.length > MOST_SHOWN ? "..." : "")
                + "\"";
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
