// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.admin.ExtensionInfo.ServiceInfo;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.auth.EnhancedAuthenticator;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.extension.Guard;
import io.marquetry.api.hook.ConnectHook;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.NoMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Every extension in the path of a client or a message. A fault of an extension is logged with its bundle's name and
 * never reaches the loop; what it means for the client is said at each method. Callable from any loop; stages complete
 * on any thread and never fail.
 */
public final class Hooks {
    /** The refusal of a publish hook that failed. */
    public static final PublishHook.Verdict HOOK_FAILED = PublishHooks.FAILED;

    /** The denial of an authorizer that failed: of this one action, never to be remembered. */
    public static final Decision RIGHTS_FAILED = Authorizers.FAILED;

    private static final AuthResult UNAVAILABLE = new AuthResult.Rejected(ReasonCode.SERVER_UNAVAILABLE);

    private final Supplier<MqttSettings> settings;
    private final Owners owners;
    private final Authenticators authenticators;
    private final EnhancedAuthenticators enhanced;
    private final Authorizers authorizers;
    private final ConnectHooks connectHooks;
    private final PublishHooks publishHooks;
    private final List<HookChain<?>> chains;

    private volatile boolean authorizerSeen;
    private volatile Map<String, Set<Class<?>>> required = Map.of();
    private volatile Set<String> absent = Set.of();

    /** No extension yet. */
    public Hooks(Supplier<MqttSettings> settings, Ticker ticker) {
        this.settings = settings;
        this.owners = new Owners(ticker);
        this.authenticators = new Authenticators(owners, settings);
        this.enhanced = new EnhancedAuthenticators(owners, settings);
        this.authorizers = new Authorizers(owners, settings);
        this.connectHooks = new ConnectHooks(owners, settings);
        this.publishHooks = new PublishHooks(owners, settings);
        this.chains = List.of(authenticators, enhanced, authorizers, connectHooks, publishHooks);
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
    public void addAuthorizer(Authorizer authorizer, Origin origin) {
        authorizerSeen = true;
        authorizers.add(authorizer, origin);
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
     * is allowed by hand, and rejects otherwise. A failure, a late answer or a required extension that is missing
     * rejects with 0x88.
     *
     * @param names only those with these names are asked, in this order; one that is not there counts as a failure.
     *     Empty is all of them by ranking
     */
    public CompletionStage<AuthResult> authenticate(Credentials credentials, List<String> names) {
        if (isDoorShut()) {
            return CompletableFuture.completedFuture(UNAVAILABLE);
        }
        if (names.isEmpty() && authenticators.isEmpty()) {
            return CompletableFuture.completedFuture(AuthResult.ACCEPTED);
        }
        return authenticators
                .authenticate(credentials, names)
                .thenApply(result -> result instanceof AuthResult.Abstained ? unknown(credentials) : result);
    }

    private AuthResult unknown(Credentials credentials) {
        boolean waived = settings.get().allowAnonymous() && credentials.client().username() == null;
        return waived ? AuthResult.ACCEPTED : new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
    }

    /** Begins an exchange of enhanced authentication, or null when nobody speaks the method. */
    public @Nullable EnhancedExchange begin(String method, ClientInfo client, boolean again) {
        return enhanced.begin(method, client, again);
    }

    // --- authorization ---

    /**
     * Asks the authorizers, who see the topic without the mountpoint. The answer is never {@link Decision.Abstain}; one
     * that comes later is never another {@link Decision.Later}. A failure or a late answer is {@link #RIGHTS_FAILED}.
     */
    public Decision authorize(ClientInfo client, Action action, String topic) {
        int from = topic.startsWith(client.mountpoint()) ? client.mountpoint().length() : 0;
        Decision decision = authorizers.ask(client, new Authorizers.Right(action, topic.substring(from)));
        return decision instanceof Decision.Later later
                ? new Decision.Later(later.stage().thenApply(this::orUnmatched))
                : orUnmatched(decision);
    }

    private Decision orUnmatched(Decision decision) {
        if (!(decision instanceof Decision.Abstain)) {
            return decision;
        }
        return allowsUnmatched() ? Decision.ALLOW : Decision.DENY;
    }

    // --- hooks ---

    /** Asks the connect hooks; the answer is {@code Pass} or {@code Refuse}, also when it comes later. */
    public ConnectHook.Verdict connect(ClientInfo client) {
        return connectHooks.ask(client, client);
    }

    /** Tells the connect hooks that a connection has ended. */
    public void disconnected(ClientInfo client, String reason) {
        for (Member<ConnectHook> member : connectHooks.members()) {
            member.tell("look at a client that left", hook -> hook.onDisconnect(client, reason));
        }
    }

    /**
     * Asks the publish hooks. {@code Replace} holds what the last of them made of the message; an answer that comes
     * later is never another {@code Later}. A failure or a late answer is {@link #HOOK_FAILED}.
     */
    public PublishHook.Verdict publish(ClientInfo client, Message message) {
        return publishHooks.ask(client, message);
    }

    // --- the life of an extension ---

    /** Whether clients come and go with nobody who was meant to look at them: a required extension is not there. */
    public boolean isDoorShut() {
        return !(required.isEmpty() && absent.isEmpty())
                && !settings.get().allowAnonymous()
                && !(absent.isEmpty() && missing().isEmpty());
    }

    /**
     * Says which extensions must be there, in the place of those of before.
     *
     * @param extensions by name, the kinds of services that each must offer
     * @param notThere those that are not active
     */
    public void require(Map<String, Set<Class<?>>> extensions, Set<String> notThere) {
        required = Map.copyOf(extensions);
        absent = Set.copyOf(notThere);
    }

    /** Which of the required extensions lack a service. A place that is held counts as there. */
    public Set<String> missing() {
        Set<String> missing = new TreeSet<>();
        required.forEach((owner, types) -> {
            for (Class<?> type : types) {
                if (chains.stream().noneMatch(chain -> chain.type() == type && chain.isFrom(owner))) {
                    missing.add(owner);
                }
            }
        });
        return missing;
    }

    /** From now on silence of all authorizers means no, as after one was there. */
    public void silenceMeansNo() {
        authorizerSeen = true;
    }

    /** Whether there was ever an authorizer. */
    public boolean wasAuthorizerSeen() {
        return authorizerSeen;
    }

    /** Holds every place of an extension in the chains: who asks its services waits. Returns whose places they are. */
    public List<Member<?>> hold(String owner) {
        List<Member<?>> held = new ArrayList<>();
        chains.forEach(chain -> held.addAll(chain.hold(owner)));
        return held;
    }

    /** Who waits for a service of an extension has waited too long. */
    public void expire(String owner, String reason) {
        chains.forEach(chain -> chain.expire(owner, reason));
    }

    /** Whatever has no successor by now is gone: who waits goes on without it. */
    public void release(String owner) {
        chains.forEach(chain -> chain.release(owner));
    }

    /** The bundle of an extension has stopped: calls that still run are interrupted. */
    public void end(String owner) {
        owners.of(owner).closeGuard();
        owners.of(owner).end();
    }

    /** A guard for what an extension begins itself. */
    public Guard guard(String owner, ClassLoader loader) {
        return owners.of(owner).guard(loader);
    }

    /** The services of an extension, and how their calls went. */
    public List<ServiceInfo> services(String owner) {
        List<ServiceInfo> services = new ArrayList<>();
        for (HookChain<?> chain : chains) {
            chain.forEach(member -> {
                if (member.origin().owner().equals(owner)) {
                    services.add(member.info());
                }
            });
        }
        OwnerGuard guard = owners.of(owner).guardOrNull();
        if (guard != null) {
            services.add(guard.info());
        }
        return services;
    }

    /** The last faults of an extension, each with its time, oldest first. */
    public List<String> faults(String owner) {
        return owners.of(owner).faults();
    }
}
