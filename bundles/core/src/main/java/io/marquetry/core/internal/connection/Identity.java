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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** A character that would make more of a name than a part of one level of a topic. */
    private static final String NOT_IN_A_LEVEL = "+#/\0";

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{(?:clientid|username)}");

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

    /**
     * Fills {@code ${clientid}} and {@code ${username}} of a text that becomes a part of topics. Done in one pass: a
     * name that looks like a placeholder is a name.
     *
     * @param what the text is, for the sentence
     * @throws ProtocolException when a name is missing, or would make more than a part of one level of itself
     */
    String fill(String text, String what) throws ProtocolException {
        Matcher matcher = PLACEHOLDER.matcher(text);
        StringBuilder filled = new StringBuilder();
        while (matcher.find()) {
            boolean first = matcher.start() == 0;
            boolean user = matcher.group().equals("${username}");
            String name = user ? username : clientId;
            if (name == null || name.isEmpty() || !isPartOfLevel(name) || (first && name.startsWith("$"))) {
                throw new ProtocolException(
                        user ? ReasonCode.BAD_USER_NAME_OR_PASSWORD : ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
                        "expected a " + (user ? "user name" : "client identifier")
                                + " without + # / and null characters" + (first ? " that does not begin with $" : "")
                                + ", since it stands in the " + what);
            }
            matcher.appendReplacement(filled, Matcher.quoteReplacement(name));
        }
        return matcher.appendTail(filled).toString();
    }

    private static boolean isPartOfLevel(String name) {
        return name.chars().noneMatch(c -> NOT_IN_A_LEVEL.indexOf(c) >= 0);
    }
}
