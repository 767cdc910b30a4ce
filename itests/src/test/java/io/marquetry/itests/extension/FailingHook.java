// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;

/** A publish hook whose component cannot be activated: DS finds out when the broker asks for the service. */
public final class FailingHook implements PublishHook {
    /** Fails. */
    public FailingHook() {
        throw new IllegalStateException("the hook of this test cannot be made");
    }

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        throw new AssertionError("never made, never called");
    }
}
