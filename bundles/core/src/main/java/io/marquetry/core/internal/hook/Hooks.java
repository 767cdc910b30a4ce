// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.auth.EnhancedAuthenticator;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.ConnectHook;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.NoMatch;
import io.marquetry.core.internal.loop.RateLimitedLog;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every extension in the path of a client or a message, and how a chain of them is asked. A fault of an extension is
 * logged with its bundle's name and never reaches the loop; what it means for the client is said at each method.
 * Callable from any loop; stages complete on any thread.
 */
public final class Hooks {
    private static final Logger LOG = LoggerFactory.getLogger(Hooks.class);

    /** The refusal of a hook that failed. */
    public static final PublishHook.Verdict HOOK_FAILED =
            new PublishHook.Verdict.Refuse(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);

    private static final ConnectHook.Verdict CONNECT_FAILED =
            new ConnectHook.Verdict.Refuse(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
    private static final ConnectHook.Verdict CONNECT_LATE =
            new ConnectHook.Verdict.Refuse(ReasonCode.SERVER_UNAVAILABLE);
    private static final AuthResult UNAVAILABLE = new AuthResult.Rejected(ReasonCode.SERVER_UNAVAILABLE);

    private final HookChain<Authenticator> authenticators = new HookChain<>();
    private final HookChain<EnhancedAuthenticator> enhanced = new HookChain<>();
    private final HookChain<Authorizer> authorizers = new HookChain<>();
    private final HookChain<ConnectHook> connectHooks = new HookChain<>();
    private final HookChain<PublishHook> publishHooks = new HookChain<>();
    private final Supplier<MqttSettings> settings;
    /** By the symbolic name of the bundle: an extension that fails with every message must not drown the others. */
    private final Map<String, RateLimitedLog> faults = new ConcurrentHashMap<>();

    private volatile boolean authorizerSeen;

    /** No extension yet. */
    public Hooks(Supplier<MqttSettings> settings) {
        this.settings = settings;
    }

    /** Who may connect. */
    public HookChain<Authenticator> authenticators() {
        return authenticators;
    }

    /** Who speaks which method of enhanced authentication. */
    public HookChain<EnhancedAuthenticator> enhancedAuthenticators() {
        return enhanced;
    }

    /** Who looks at connecting clients. */
    public HookChain<ConnectHook> connectHooks() {
        return connectHooks;
    }

    /** Who looks at messages. */
    public HookChain<PublishHook> publishHooks() {
        return publishHooks;
    }

    /** Adds an authorizer; from now on silence of all of them means no. */
    public void addAuthorizer(HookChain.Member<Authorizer> authorizer) {
        authorizerSeen = true;
        authorizers.add(authorizer);
    }

    /** Who decides about topics; add by {@link #addAuthorizer}. */
    public HookChain<Authorizer> authorizers() {
        return authorizers;
    }

    /** Whether a message passes without anyone being asked. */
    public boolean areSilent() {
        return publishHooks.isEmpty() && !asksForRights();
    }

    /** Whether a client's rights must be looked at. */
    public boolean asksForRights() {
        return !authorizers.isEmpty() || !allowsUnmatched();
    }

    private boolean allowsUnmatched() {
        NoMatch noMatch = settings.get().noMatch();
        return noMatch == NoMatch.ALLOW || (noMatch == NoMatch.AUTO && !authorizerSeen);
    }

    /** Whether clients need no credentials: nobody is there who would look at them, or they were waived by hand. */
    public boolean allowsAnonymous() {
        return authenticators.isEmpty() || settings.get().allowAnonymous();
    }

    // --- authentication ---

    /**
     * Asks the authenticators. No authenticator accepts; all abstaining accepts a client without user name where that
     * is allowed by hand, and rejects otherwise. A failure or a late answer rejects with 0x88.
     */
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        List<HookChain.Member<Authenticator>> chain = authenticators.members();
        if (chain.isEmpty()) {
            return CompletableFuture.completedFuture(AuthResult.ACCEPTED);
        }
        return ask(chain, 0, credentials);
    }

    private CompletionStage<AuthResult> ask(
            List<HookChain.Member<Authenticator>> chain, int at, Credentials credentials) {
        if (at == chain.size()) {
            boolean waived =
                    settings.get().allowAnonymous() && credentials.client().username() == null;
            return CompletableFuture.completedFuture(
                    waived ? AuthResult.ACCEPTED : new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD));
        }
        HookChain.Member<Authenticator> member = chain.get(at);
        CompletableFuture<AuthResult> answer;
        try {
            answer = member.service().authenticate(credentials).toCompletableFuture();
        } catch (Exception | LinkageError | AssertionError e) {
            failed(member, "authenticate a client", e);
            return CompletableFuture.completedFuture(UNAVAILABLE);
        }
        return withDeadline(answer, settings.get().authTimeoutSeconds())
                .handle((result, error) -> {
                    if (error != null || result == null) {
                        failed(member, "authenticate a client", error);
                        return UNAVAILABLE;
                    }
                    return result;
                })
                .thenCompose(result -> result instanceof AuthResult.Abstained
                        ? ask(chain, at + 1, credentials)
                        : CompletableFuture.completedFuture(result));
    }

    /** Begins an exchange of enhanced authentication, or null when nobody speaks the method. */
    public EnhancedAuthenticator.@Nullable Exchange begin(String method, ClientInfo client, boolean again) {
        for (HookChain.Member<EnhancedAuthenticator> member : enhanced.members()) {
            try {
                if (member.service().method().equals(method)) {
                    return member.service().begin(client, again);
                }
            } catch (Exception | LinkageError | AssertionError e) {
                failed(member, "begin an exchange", e);
            }
        }
        return null;
    }

    /** Takes the next step of an exchange; a failure or a late answer ends it with 0x88. */
    public CompletionStage<EnhancedAuthenticator.Step> next(
            EnhancedAuthenticator.Exchange exchange, byte @Nullable [] data) {
        EnhancedAuthenticator.Step unavailable =
                new EnhancedAuthenticator.Step.Failure(new AuthResult.Rejected(ReasonCode.SERVER_UNAVAILABLE));
        CompletableFuture<EnhancedAuthenticator.Step> answer;
        try {
            answer = exchange.next(data).toCompletableFuture();
        } catch (Exception | LinkageError | AssertionError e) {
            LOG.error("an enhanced authenticator failed; the client is answered 0x88", e);
            return CompletableFuture.completedFuture(unavailable);
        }
        return withDeadline(answer, settings.get().authTimeoutSeconds()).handle((step, error) -> {
            if (error != null || step == null) {
                LOG.error("an enhanced authenticator failed or was late; the client is answered 0x88", error);
                return unavailable;
            }
            return step;
        });
    }

    /** Tells an exchange that it is over. */
    public void end(EnhancedAuthenticator.Exchange exchange) {
        try {
            exchange.close();
        } catch (Exception | LinkageError | AssertionError e) {
            LOG.error("an enhanced authenticator failed to close an exchange", e);
        }
    }

    // --- authorization ---

    /**
     * Asks the authorizers, who see the topic without the mountpoint. The answer is never {@link Decision.Abstain}; one
     * that comes later is never another {@link Decision.Later}. A failure or a late answer denies.
     */
    public Decision authorize(ClientInfo client, Action action, String topic) {
        int from = topic.startsWith(client.mountpoint()) ? client.mountpoint().length() : 0;
        return authorize(authorizers.members(), 0, client, action, topic.substring(from));
    }

    private Decision authorize(
            List<HookChain.Member<Authorizer>> chain, int from, ClientInfo client, Action action, String topic) {
        for (int i = from; i < chain.size(); i++) {
            HookChain.Member<Authorizer> member = chain.get(i);
            Decision decision;
            try {
                decision = Objects.requireNonNull(member.service().authorize(client, action, topic), "the answer");
            } catch (Exception | LinkageError | AssertionError e) {
                failed(member, "authorize a client", e);
                return Decision.DENY;
            }
            if (decision instanceof Decision.Later later) {
                int next = i + 1;
                return new Decision.Later(withDeadline(
                                later.stage().toCompletableFuture(),
                                settings.get().authTimeoutSeconds())
                        .handle((answer, error) -> {
                            if (error != null || answer == null || answer instanceof Decision.Later) {
                                failed(member, "authorize a client", error);
                                return Decision.DENY;
                            }
                            return answer;
                        })
                        .thenCompose(answer -> {
                            Decision rest = answer instanceof Decision.Abstain
                                    ? authorize(chain, next, client, action, topic)
                                    : answer;
                            return rest instanceof Decision.Later l
                                    ? l.stage()
                                    : CompletableFuture.completedFuture(rest);
                        }));
            }
            if (!(decision instanceof Decision.Abstain)) {
                return decision;
            }
        }
        return allowsUnmatched() ? Decision.ALLOW : Decision.DENY;
    }

    // --- hooks ---

    /** Asks the connect hooks; the answer is {@code Pass} or {@code Refuse}, also when it comes later. */
    public ConnectHook.Verdict connect(ClientInfo client) {
        return connect(connectHooks.members(), 0, client);
    }

    private ConnectHook.Verdict connect(List<HookChain.Member<ConnectHook>> chain, int from, ClientInfo client) {
        for (int i = from; i < chain.size(); i++) {
            HookChain.Member<ConnectHook> member = chain.get(i);
            ConnectHook.Verdict verdict;
            try {
                verdict = Objects.requireNonNull(member.service().onConnect(client), "the verdict");
            } catch (Exception | LinkageError | AssertionError e) {
                failed(member, "look at a connecting client", e);
                return CONNECT_FAILED;
            }
            if (verdict instanceof ConnectHook.Verdict.Later later) {
                int next = i + 1;
                return new ConnectHook.Verdict.Later(withDeadline(
                                later.stage().toCompletableFuture(),
                                settings.get().authTimeoutSeconds())
                        .handle((answer, error) -> {
                            if (error != null || answer == null || answer instanceof ConnectHook.Verdict.Later) {
                                failed(member, "look at a connecting client", error);
                                return CONNECT_LATE;
                            }
                            return answer;
                        })
                        .thenCompose(answer -> {
                            ConnectHook.Verdict rest =
                                    answer instanceof ConnectHook.Verdict.Pass ? connect(chain, next, client) : answer;
                            return rest instanceof ConnectHook.Verdict.Later l
                                    ? l.stage()
                                    : CompletableFuture.completedFuture(rest);
                        }));
            }
            if (!(verdict instanceof ConnectHook.Verdict.Pass)) {
                return verdict;
            }
        }
        return ConnectHook.Verdict.PASS;
    }

    /** Tells the connect hooks that a connection has ended. */
    public void disconnected(ClientInfo client, String reason) {
        for (HookChain.Member<ConnectHook> member : connectHooks.members()) {
            try {
                member.service().onDisconnect(client, reason);
            } catch (Exception | LinkageError | AssertionError e) {
                failed(member, "look at a client that left", e);
            }
        }
    }

    /**
     * Asks the publish hooks. {@code Replace} holds what the last of them made of the message; an answer that comes
     * later is never another {@code Later}. A failure or a late answer refuses with 0x83.
     */
    public PublishHook.Verdict publish(ClientInfo client, Message message) {
        return publish(publishHooks.members(), 0, client, message, PublishHook.Verdict.PASS);
    }

    private PublishHook.Verdict publish(
            List<HookChain.Member<PublishHook>> chain,
            int from,
            ClientInfo client,
            Message original,
            PublishHook.Verdict soFar) {
        Message message = original;
        PublishHook.Verdict result = soFar;
        for (int i = from; i < chain.size(); i++) {
            HookChain.Member<PublishHook> member = chain.get(i);
            PublishHook.Verdict verdict;
            try {
                verdict = Objects.requireNonNull(member.service().onPublish(client, message), "the verdict");
            } catch (Exception | LinkageError | AssertionError e) {
                failed(member, "look at a message", e);
                return HOOK_FAILED;
            }
            if (verdict instanceof PublishHook.Verdict.Later later) {
                return publishLater(chain, i, client, message, result, later);
            }
            if (verdict instanceof PublishHook.Verdict.Refuse) {
                return verdict;
            }
            if (verdict instanceof PublishHook.Verdict.Replace replace) {
                message = replace.message();
                result = verdict;
            }
        }
        return result;
    }

    private PublishHook.Verdict publishLater(
            List<HookChain.Member<PublishHook>> chain,
            int at,
            ClientInfo client,
            Message message,
            PublishHook.Verdict soFar,
            PublishHook.Verdict.Later later) {
        return new PublishHook.Verdict.Later(withDeadline(
                        later.stage().toCompletableFuture(), settings.get().hookTimeoutSeconds())
                .handle((answer, error) -> {
                    if (error != null || answer == null || answer instanceof PublishHook.Verdict.Later) {
                        failed(chain.get(at), "look at a message", error);
                        return HOOK_FAILED;
                    }
                    return answer;
                })
                .thenCompose(answer -> {
                    PublishHook.Verdict rest;
                    if (answer instanceof PublishHook.Verdict.Refuse) {
                        rest = answer;
                    } else if (answer instanceof PublishHook.Verdict.Replace replace) {
                        rest = publish(chain, at + 1, client, replace.message(), answer);
                    } else {
                        rest = publish(chain, at + 1, client, message, soFar);
                    }
                    return rest instanceof PublishHook.Verdict.Later l
                            ? l.stage()
                            : CompletableFuture.completedFuture(rest);
                }));
    }

    /** The extension's own stage stays untouched: it may be shared or already complete. */
    private static <T> CompletableFuture<T> withDeadline(CompletableFuture<T> answer, int seconds) {
        return answer.isDone() ? answer : answer.copy().orTimeout(seconds, TimeUnit.SECONDS);
    }

    private void failed(HookChain.Member<?> member, String what, @Nullable Throwable error) {
        long held = faults.computeIfAbsent(member.owner(), owner -> new RateLimitedLog(Hooks::millis))
                .pass();
        if (held >= 0) {
            LOG.error(
                    "the extension {} was to {} and failed or was late; expected an answer in time and no exception"
                            + " ({} more since the last line)",
                    member.owner(),
                    what,
                    held,
                    error);
        }
    }

    private static long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
