// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;

/** Allows everything but one topic: whoever may publish there knows that nobody was asked. */
public final class SwapAuthorizer implements Authorizer {
    /** For the component runtime. */
    public SwapAuthorizer() {}

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        return topic.equals("swap/forbidden") ? Decision.DENY : Decision.ALLOW;
    }
}
