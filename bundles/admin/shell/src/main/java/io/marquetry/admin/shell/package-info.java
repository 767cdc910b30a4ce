// SPDX-License-Identifier: Apache-2.0
/** The commands of scope {@code mqtt}, and the socket by which {@code bin/marquetry shell} reaches the shell. */
@NullMarked
@Header(name = "Karaf-Commands", value = "io.marquetry.admin.shell")
package io.marquetry.admin.shell;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Header;
