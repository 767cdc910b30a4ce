// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A publish hook that does not return from its deactivation, whoever interrupts it, before a file is there. */
public final class HangingEnd implements PublishHook {
    /** Nothing hangs yet. */
    public HangingEnd() {}

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        return Verdict.PASS;
    }

    /** Hangs. */
    public void deactivate() {
        while (!Files.exists(Path.of(System.getProperty("karaf.base"), "let-go"))) {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
