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
import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.event.BrokerEventListener;
import io.marquetry.api.extension.Guard;
import io.marquetry.api.hook.ConnectHook;
import io.marquetry.api.hook.DeliverHook;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.hook.SubscribeHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.api.store.Store;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.NoMatch;
import io.marquetry.core.internal.loop.Epoch;
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
    private final SubscribeHooks subscribeHooks;
    private final DeliverHooks deliverHooks;
    private final EventListeners listeners;
    private final Stores stores;
    private final List<HookChain<?>> chains;

    private final Epoch policy = new Epoch();

    private volatile Map<String, Set<Class<?>>> required = Map.of();
    private volatile Set<String> absent = Set.of();

    /** No extension yet. */
    public Hooks(Supplier<MqttSettings> settings, Ticker ticker) {
        this.settings = settings;
        this.owners = new Owners(ticker);
        this.authenticators = new Authenticators(owners, settings);
        this.enhanced = new EnhancedAuthenticators(owners, settings);
        this.authorizers = new Authorizers(owners, settings, policy);
        this.connectHooks = new ConnectHooks(owners, settings);
        this.publishHooks = new PublishHooks(owners, settings);
        this.subscribeHooks = new SubscribeHooks(owners, settings);
        this.deliverHooks = new DeliverHooks(owners);
        this.listeners = new EventListeners(owners);
        this.stores = new Stores(owners);
        this.chains = List.of(
                authenticators,
                enhanced,
                authorizers,
                connectHooks,
                publishHooks,
                subscribeHooks,
                deliverHooks,
                listeners,
                stores);
    }

    /** All of them. */
    public List<HookChain<?>> chains() {
        return chains;
    }

    /** Who may connect. */
    public HookChain<Authenticator> authenticators() {
        return authenticators;
    }

    /** Who speaks which method of enhanced authentication. */
    public HookChain<EnhancedAuthenticator> enhancedAuthenticators() {
        return enhanced;
    }

    /** Where state may be kept. */
    public HookChain<Store> stores() {
        return stores;
    }

    /** Who looks at connecting clients. */
    public HookChain<ConnectHook> connectHooks() {
        return connectHooks;
    }

    /** Who looks at messages. */
    public HookChain<PublishHook> publishHooks() {
        return publishHooks;
    }

    /** Who looks at subscriptions. */
    public HookChain<SubscribeHook> subscribeHooks() {
        return subscribeHooks;
    }

    /** Who looks at copies of messages. */
    public HookChain<DeliverHook> deliverHooks() {
        return deliverHooks;
    }

    /** Who hears what happens. */
    public HookChain<BrokerEventListener> listeners() {
        return listeners;
    }

    /** Who decides about topics; once one was there, silence of all of them means no. */
    public HookChain<Authorizer> authorizers() {
        return authorizers;
    }

    /** Whether a client's rights must be looked at. */
    public boolean asksForRights() {
        return !authorizers.isEmpty() || !allowsUnmatched();
    }

    /** Moves on when any decision about a client may have become wrong. */
    public Epoch policy() {
        return policy;
    }

    /** Whether a client may what nobody says anything about. */
    public boolean allowsUnmatched() {
        NoMatch noMatch = settings.get().noMatch();
        return noMatch == NoMatch.ALLOW || (noMatch == NoMatch.AUTO && !authorizers.isSeen());
    }

    /** Whether there is nobody any more who could allow anything, and that is not what {@code noMatch} says by hand. */
    public boolean isSilenced() {
        return authorizers.isEmpty() && authorizers.isSeen() && settings.get().noMatch() == NoMatch.AUTO;
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

    /** Whether there is an authenticator of that name. */
    public boolean hasAuthenticator(String name) {
        for (Member<Authenticator> member : authenticators.members()) {
            if (member.origin().name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /** Begins an exchange of enhanced authentication, or null when nobody speaks the method. */
    public @Nullable EnhancedExchange begin(String method, ClientInfo client, boolean again) {
        return enhanced.begin(method, client, again);
    }

    // --- authorization ---

    /**
     * Asks the authorizers. One that comes later is never another {@link Decision.Later}. A failure or a late answer is
     * {@link #RIGHTS_FAILED}.
     *
     * @param topic the topic as the client knows it, without its mountpoint
     * @return {@link Decision.Abstain} when none of them decides
     */
    public Decision authorize(ClientInfo client, Action action, String topic) {
        return authorizers.ask(client, new Authorizers.Right(action, topic));
    }

    /**
     * What an authorizer said.
     *
     * @param by its name
     */
    public record Said(String by, Decision decision) {}

    /** As {@link #authorize}, and says who it was; one who abstains is nobody. The stage never fails. */
    public CompletionStage<Said> explain(ClientInfo client, Action action, String topic) {
        return authorizers.who(client, new Authorizers.Right(action, topic));
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
     *
     * @param publish not read any more once there is an answer, be it that it comes later
     */
    public PublishHook.Verdict publish(ClientInfo client, Publish publish) {
        return publishHooks.ask(client, publish);
    }

    /**
     * Asks the subscribe hooks. {@code Replace} holds what the last of them made of the subscription; an answer that
     * comes later is never another {@code Later}. A failure or a late answer refuses with 0x83.
     */
    public SubscribeHook.Verdict subscribe(ClientInfo client, TopicFilter filter, QoS qos) {
        return subscribeHooks.ask(client, new SubscribeHooks.Wish(filter, qos));
    }

    /** Tells the subscribe hooks that a client has unsubscribed. */
    public void unsubscribed(ClientInfo client, TopicFilter filter) {
        for (Member<SubscribeHook> member : subscribeHooks.members()) {
            member.tell("look at a subscription that ended", hook -> hook.onUnsubscribe(client, filter));
        }
    }

    /** Asks the deliver hooks. {@code Replace} holds what the last of them made of the copy; a failure drops it. */
    public DeliverHook.Verdict deliver(ClientInfo client, Message message) {
        return deliverHooks.ask(client, message);
    }

    /** Whether somebody hears what happens. */
    public boolean areHeard() {
        return !listeners.isEmpty();
    }

    /** Something has happened; make the event only when {@link #areHeard}. */
    public void tell(BrokerEvent event) {
        listeners.tell(event);
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
        authorizers.seen();
    }

    /** Whether there was ever an authorizer. */
    public boolean wasAuthorizerSeen() {
        return authorizers.isSeen();
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
