// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One extension at one moment.
 *
 * @param name its symbolic name; of a jar that has none, the name of its file
 * @param version the version that runs, or would; empty when unknown
 * @param state where it is in its life
 * @param file the jar in {@code deploy/}, or null when it is not there (any more)
 * @param required whether listeners wait for it, and clients are refused without it
 * @param problem what is wrong, as a sentence that says what was expected, or null
 * @param activeSince since when it is active, in milliseconds since 1970; 0 when it is not
 * @param services what it offers, with what was counted
 * @since 1.0
 */
public record ExtensionInfo(
        String name,
        String version,
        State state,
        @Nullable String file,
        boolean required,
        @Nullable String problem,
        long activeSince,
        List<ServiceInfo> services) {
    /**
     * Where an extension is in its life.
     *
     * @since 1.0
     */
    public enum State {
        /** It lies in {@code extensions/} and was never dropped into {@code deploy/}. */
        AVAILABLE,
        /** Its services are there. */
        ACTIVE,
        /** It is installed and waits for what it needs: {@link ExtensionInfo#problem} says for what. */
        WAITING,
        /** It is being installed, replaced or restarted; its place in the chains is held. */
        HELD,
        /** It was not taken: {@link ExtensionInfo#problem} says why. */
        REFUSED,
        /** The jar in {@code deploy/} failed; the last good one runs. */
        ROLLED_BACK,
        /** A jar of the same name and a higher version runs. */
        SHADOWED
    }

    /**
     * A service of an extension and how its calls went.
     *
     * @param type the simple name of its interface, for example {@code Authenticator}
     * @param name its {@code marquetry.name}
     * @param ranking its {@code service.ranking}
     * @param calls how often it was called
     * @param failures how often it threw, was late, or was not called because too many calls waited
     * @param nanos the time of all its calls, in nanoseconds
     * @param pending calls whose answer is not there yet
     * @param breaker {@code closed}, {@code open}, {@code half_open}
     * @since 1.0
     */
    public record ServiceInfo(
            String type,
            String name,
            int ranking,
            long calls,
            long failures,
            long nanos,
            int pending,
            String breaker) {}
}
