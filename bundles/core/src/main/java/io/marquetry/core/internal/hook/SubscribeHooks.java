// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.SubscribeHook;
import io.marquetry.api.hook.SubscribeHook.Verdict;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.config.MqttSettings;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who looks at subscriptions; each sees what the one before made of it. */
final class SubscribeHooks extends AskedChain<SubscribeHook, SubscribeHooks.Wish, Verdict> {
    /** What a client wants to subscribe to. */
    record Wish(TopicFilter filter, QoS qos) {}

    private static final Verdict FAILED = new Verdict.Refuse(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);

    SubscribeHooks(Owners owners, Supplier<MqttSettings> settings) {
        super(
                SubscribeHook.class,
                owners,
                "look at a subscription",
                () -> settings.get().hookTimeoutSeconds(),
                Verdict.PASS,
                FAILED);
    }

    @Override
    Verdict call(SubscribeHook service, ClientInfo client, Wish wish) {
        return service.onSubscribe(client, wish.filter(), wish.qos());
    }

    @Override
    Verdict checked(@Nullable Verdict answer) {
        if (answer instanceof Verdict.Replace replace) {
            Objects.requireNonNull(replace.filter(), "the filter of the subscription that is made");
            Objects.requireNonNull(replace.qos(), "the quality of service of the subscription that is made");
        }
        return super.checked(answer);
    }

    @Override
    @Nullable
    CompletionStage<Verdict> stageOf(Verdict answer) {
        return answer instanceof Verdict.Later later ? later.stage() : null;
    }

    @Override
    Verdict later(CompletionStage<Verdict> stage) {
        return new Verdict.Later(stage);
    }

    @Override
    boolean goesOn(Verdict answer) {
        return !(answer instanceof Verdict.Refuse);
    }

    @Override
    Wish changed(Wish wish, Verdict answer) {
        return answer instanceof Verdict.Replace replace ? new Wish(replace.filter(), replace.qos()) : wish;
    }

    @Override
    Verdict merged(Verdict soFar, Verdict answer) {
        return answer instanceof Verdict.Replace ? answer : soFar;
    }
}
