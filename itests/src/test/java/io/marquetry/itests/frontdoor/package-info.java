// SPDX-License-Identifier: Apache-2.0
/** Every way in, with real proxies, browsers and clients in front: TLS, WebSocket, the PROXY protocol, limits. */
@NullMarked
package io.marquetry.itests.frontdoor;

import org.jspecify.annotations.NullMarked;
