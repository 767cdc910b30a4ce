// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.Message;
import java.util.List;

/**
 * The message that is published for a client when its connection ends without a proper goodbye.
 *
 * @param client whose rights it is published with
 * @param rules its own rules
 * @param message what is published; its expiry begins when it is published
 * @param delaySeconds how long after the end of the connection, unless the session ends earlier [MQTT-3.1.3-9]
 */
public record Will(ClientInfo client, List<AccessRule> rules, Message message, long delaySeconds) {}
