// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;

/** A publish hook that throws what no program should, for a topic that nobody of the fleet uses. */
public final class ErrorHook implements PublishHook {
    /** Nothing has failed yet. */
    public ErrorHook() {}

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        if (publish.topic().startsWith("error/")) {
            throw new StackOverflowError("the hook of this test");
        }
        return Verdict.PASS;
    }
}
