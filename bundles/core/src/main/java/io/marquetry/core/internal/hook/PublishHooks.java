// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.config.MqttSettings;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who looks at messages; each sees what the one before made of it. */
final class PublishHooks extends AskedChain<PublishHook, Publish, Verdict> {
    static final Verdict FAILED = new Verdict.Refuse(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);

    PublishHooks(Owners owners, Supplier<MqttSettings> settings) {
        super(
                PublishHook.class,
                owners,
                "look at a message",
                () -> settings.get().hookTimeoutSeconds(),
                Verdict.PASS,
                FAILED);
    }

    @Override
    Verdict call(PublishHook service, ClientInfo client, Publish publish) {
        return service.onPublish(client, publish);
    }

    @Override
    Verdict checked(@Nullable Verdict answer) {
        if (answer instanceof Verdict.Replace replace) {
            Objects.requireNonNull(replace.message(), "the message that goes on");
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
    Publish changed(Publish publish, Verdict answer) {
        return answer instanceof Verdict.Replace replace ? Publish.of(replace.message()) : publish;
    }

    @Override
    Publish kept(Publish publish) {
        return Publish.of(publish.message());
    }

    @Override
    Verdict merged(Verdict soFar, Verdict answer) {
        return answer instanceof Verdict.Replace ? answer : soFar;
    }
}
