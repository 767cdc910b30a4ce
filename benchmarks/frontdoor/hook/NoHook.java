// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;

/** Lets every message pass: what remains is what a hook costs that does nothing. */
public final class NoHook implements PublishHook {
    /** For the component runtime. */
    public NoHook() {}

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        return Verdict.PASS;
    }
}
