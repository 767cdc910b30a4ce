// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.ProtocolException;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.port.CertificateField;
import io.marquetry.core.port.Terms;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Under which names a client goes: those of its CONNECT, or those that its certificate, its listener or the broker puts
 * in their place. Settled before anything else looks at the CONNECT, since the client identifier tells where the
 * session lives.
 *
 * @param clientId the client identifier
 * @param username the user name, or null
 * @param assigned whether the client is to be told its identifier, since it sent none [MQTT-3.2.2-16]
 */
record Identity(String clientId, @Nullable String username, boolean assigned) {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int ASSIGNED_LENGTH = 22;

    /**
     * Who sends a CONNECT.
     *
     * @param assign makes an identifier for a client that has none
     * @throws ProtocolException with what the CONNACK says, when the client must be refused
     */
    static Identity of(
            Packet.Connect connect,
            @Nullable PeerCertificate certificate,
            Terms terms,
            MqttSettings settings,
            Supplier<String> assign)
            throws ProtocolException {
        boolean empty = connect.clientId().isEmpty();
        // [MQTT-3.1.3-6] [MQTT-3.1.3-7]; 3.1 has no empty identifiers at all
        boolean mayBeEmpty = connect.version() == ProtocolVersion.MQTT_5
                || (connect.version() == ProtocolVersion.MQTT_3_1_1 && connect.cleanStart());
        if (empty && !mayBeEmpty) {
            throw new ProtocolException(
                    ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, "an empty client identifier needs a clean session");
        }
        String username = connect.username();
        if (certificate != null && terms.usernameFrom() != CertificateField.NONE) {
            username = read(certificate, terms.usernameFrom(), "user name", ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        }
        String clientId = connect.clientId();
        if (certificate != null && terms.clientIdFrom() != CertificateField.NONE) {
            clientId = read(
                    certificate, terms.clientIdFrom(), "client identifier", ReasonCode.CLIENT_IDENTIFIER_NOT_VALID);
        } else if (settings.useUsernameAsClientid() && username != null && !username.isEmpty()) {
            clientId = username;
        } else if (empty) {
            clientId = assign.get();
        }
        return new Identity(clientId, username, empty);
    }

    private static String read(PeerCertificate certificate, CertificateField field, String what, ReasonCode refusal)
            throws ProtocolException {
        boolean common = field == CertificateField.CN;
        String value = common ? certificate.commonName() : certificate.subject();
        if (value == null || value.isEmpty()) {
            throw new ProtocolException(
                    refusal,
                    "expected a certificate with a " + (common ? "common" : "distinguished")
                            + " name, which the listener takes as the " + what);
        }
        // [MQTT-1.5.4-1] [MQTT-1.5.4-2]: it is sent in packets, and must not be read as another, shorter name
        if (value.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
            throw new ProtocolException(
                    refusal, "expected a certificate whose name is valid UTF-8 without null characters");
        }
        return value;
    }

    /** An identifier that nobody else has. */
    static String random() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        char[] text = new char[ASSIGNED_LENGTH];
        for (int i = 0; i < text.length; i++) {
            text[i] = ALPHABET.charAt(random.nextInt(ALPHABET.length()));
        }
        return new String(text);
    }
}
