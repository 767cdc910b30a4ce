// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Access;
import io.marquetry.api.auth.Action;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Decisions about the client {@code on}, and nobody else. */
final class StandInAccess implements Access {
    final List<String> asked = new ArrayList<>();

    @Override
    public CompletionStage<Optional<Explanation>> check(String clientId, Action action, String topic) {
        asked.add(action + " " + topic);
        return CompletableFuture.completedFuture(
                clientId.equals("on")
                        ? Optional.of(new Explanation(topic.equals("a"), "auth.acl", "acl.conf:1 {allow, all}."))
                        : Optional.empty());
    }

    @Override
    public void forget() {
        asked.add("forget");
    }

    @Override
    public CompletionStage<Boolean> forget(String clientId) {
        asked.add("forget " + clientId);
        return CompletableFuture.completedFuture(clientId.equals("on"));
    }
}
