// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The extensions of this broker: the jars in {@code deploy/}. What is done here is done to that folder, so it lasts.
 * Registered by the broker as an OSGi service; callable from any thread. Stages complete when the extension is active,
 * or with what is wrong; they fail with {@link IllegalArgumentException} when there is no such extension, file or name.
 *
 * @since 1.0
 */
@ProviderType
public interface Extensions {
    /** Every extension: those of {@code deploy/}, and those of {@code extensions/} that could be. In order of names. */
    List<ExtensionInfo> list();

    /** One extension by its symbolic name, or by that without {@code io.marquetry.}, for example {@code auth.jdbc}. */
    Optional<ExtensionInfo> find(String name);

    /**
     * Installs an extension.
     *
     * @param source a name from {@code extensions/}, for example {@code auth.jdbc}, or the path of a jar
     */
    CompletionStage<ExtensionInfo> install(String source);

    /**
     * Puts another jar in the place of an extension; while it is replaced its place in the chains is held, and when the
     * new one fails the one before it runs again.
     *
     * @param name the extension
     * @param source as of {@link #install}
     */
    CompletionStage<ExtensionInfo> update(String name, String source);

    /** Removes an extension, its jar in {@code deploy/} included; it is not required any more. */
    CompletionStage<ExtensionInfo> remove(String name);

    /** Stops an extension and starts it again; its place in the chains is held meanwhile. */
    CompletionStage<ExtensionInfo> restart(String name);

    /** No longer waits for a required extension: listeners open without it, until it is active again. */
    CompletionStage<ExtensionInfo> release(String name);

    /** Why an extension is as it is: lines for people, what happened last at the end. */
    List<String> why(String name);
}
