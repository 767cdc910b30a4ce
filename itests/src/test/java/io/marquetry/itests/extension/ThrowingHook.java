// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;

/** A publish hook that fails for some topics, as one does that has a mistake. */
public final class ThrowingHook implements PublishHook {
    /** Nothing has failed yet. */
    public ThrowingHook() {}

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        if (publish.topic().startsWith("throw/")) {
            throw new IllegalStateException("the hook of this test does not like " + publish.topic());
        }
        return Verdict.PASS;
    }
}
