// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.extension;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The bulkhead, deadline and circuit breaker that the broker keeps for each extension, for calls that the extension
 * itself begins: a query, a request, a batch. Registered by the broker as an OSGi service, one for each bundle that
 * asks for it; callable from any thread. What is called here is counted with the extension: {@code mqtt:extension-top}.
 *
 * @since 1.0
 */
@ProviderType
public interface Guard {
    /**
     * Calls something that may wait, on the extension's own executor.
     *
     * @param what names it in logs, for example {@code query the users}
     * @param deadline after which the call counts as failed; its thread is interrupted
     * @return completes with the result; fails with what the call threw, with
     *     {@link java.util.concurrent.TimeoutException} when it was late, or at once with
     *     {@link java.util.concurrent.RejectedExecutionException} when too many calls wait or the breaker is open
     */
    <T> CompletionStage<T> call(String what, Duration deadline, Callable<T> call);
}
