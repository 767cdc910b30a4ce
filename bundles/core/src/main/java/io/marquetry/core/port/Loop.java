// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

import io.netty.channel.EventLoop;
import java.util.concurrent.Executor;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One event loop: one thread that owns sockets and the sessions at home on it. What lives on a loop is touched by its
 * thread only.
 *
 * @since 1.0
 */
@ProviderType
public interface Loop extends Executor {
    /** Its number, 0 to the number of loops less one. */
    int index();

    /** Whether the calling thread is this loop's. */
    boolean inLoop();

    /** Runs a task on this loop, after what it does now; callable from any thread. */
    @Override
    void execute(Runnable task);

    /** Runs a task on this loop once that many milliseconds have passed; callable from any thread. */
    void schedule(Runnable task, long delayMillis);

    /** What a transport registers its channels with. */
    EventLoop eventLoop();
}
