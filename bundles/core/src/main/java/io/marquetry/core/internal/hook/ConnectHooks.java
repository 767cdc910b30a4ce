// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.ConnectHook;
import io.marquetry.api.hook.ConnectHook.Verdict;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.config.MqttSettings;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who looks at connecting clients; there is nothing to be asked about but the client. */
final class ConnectHooks extends AskedChain<ConnectHook, ClientInfo, Verdict> {
    private static final Verdict FAILED = new Verdict.Refuse(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
    private static final Verdict LATE = new Verdict.Refuse(ReasonCode.SERVER_UNAVAILABLE);

    ConnectHooks(Owners owners, Supplier<MqttSettings> settings) {
        super(
                ConnectHook.class,
                owners,
                "look at a connecting client",
                () -> settings.get().authTimeoutSeconds(),
                Verdict.PASS,
                FAILED);
    }

    @Override
    Verdict call(ConnectHook service, ClientInfo client, ClientInfo same) {
        return service.onConnect(client);
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
        return answer instanceof Verdict.Pass;
    }

    @Override
    Verdict failed(boolean late) {
        return late ? LATE : FAILED;
    }
}
