// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.DeliverHook;
import io.marquetry.api.hook.DeliverHook.Verdict;
import io.marquetry.api.mqtt.Message;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who looks at the copies of a message; each sees what the one before made of it. There is no later answer, so one
 * whose place is held is asked all the same: no copy goes past it.
 */
final class DeliverHooks extends HookChain<DeliverHook> {
    DeliverHooks(Owners owners) {
        super(DeliverHook.class, owners);
    }

    /** Asks all of them; {@code Replace} holds what the last of them made of the message. One that fails drops it. */
    Verdict ask(ClientInfo client, Message original) {
        Message message = original;
        Verdict result = Verdict.PASS;
        for (Member<DeliverHook> member : members()) {
            Message seen = message;
            Verdict verdict =
                    member.askNow("look at a copy", hook -> checked(hook.onDeliver(client, seen)), Verdict.DROP);
            if (verdict instanceof Verdict.Drop) {
                return verdict;
            }
            if (verdict instanceof Verdict.Replace replace) {
                message = replace.message();
                result = verdict;
            }
        }
        return result;
    }

    private static Verdict checked(@Nullable Verdict verdict) {
        if (verdict instanceof Verdict.Replace replace) {
            Objects.requireNonNull(replace.message(), "the message that goes");
        }
        return Objects.requireNonNull(verdict, "the verdict");
    }
}
