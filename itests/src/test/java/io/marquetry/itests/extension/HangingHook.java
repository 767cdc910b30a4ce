// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.extension.Blocking;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import java.util.concurrent.locks.LockSupport;

/** A publish hook that never returns for a topic that nobody of the fleet uses, whoever interrupts it. */
@Blocking
public final class HangingHook implements PublishHook {
    /** Nothing hangs yet. */
    public HangingHook() {}

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        while (publish.topic().startsWith("hang/")) {
            LockSupport.parkNanos(1_000_000);
        }
        return Verdict.PASS;
    }
}
