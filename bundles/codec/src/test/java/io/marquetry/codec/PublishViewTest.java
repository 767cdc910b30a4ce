// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.UserProperty;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublishViewTest {
    @Test
    void givenPublishBehindOtherBytes_whenDecoded_thenIndexesAreAbsolute() throws Exception {
        Decoding decoding = Decoding.connected(ProtocolVersion.MQTT_5, true);
        ByteBuf in = Wire.bytes("C000 C000 3D [ 'a/b' 1234 { 01 01 23 0007 02 0000003C 03 't' } 68 69 ] C000");

        in.readerIndex(4);
        assertThat(decoding.next(in)).isTrue();

        PublishView view = decoding.view;
        assertThat(view.buffer()).isSameAs(in);
        assertThat(view.isV5()).isTrue();
        assertThat(view.dup()).isTrue();
        assertThat(view.qos()).isEqualTo(2);
        assertThat(view.retain()).isTrue();
        assertThat(view.packetId()).isEqualTo(0x1234);
        assertThat(view.frameStart()).isEqualTo(4);
        assertThat(view.topicStart()).isEqualTo(8);
        assertThat(view.topicLength()).isEqualTo(3);
        assertThat(view.topicString()).isEqualTo("a/b");
        assertThat(view.topicBytes()).isEqualTo("a/b".getBytes(UTF_8));
        assertThat(view.propertiesStart()).isEqualTo(14);
        assertThat(view.propertiesLength()).isEqualTo(14);
        assertThat(view.payloadStart()).isEqualTo(28);
        assertThat(view.payloadLength()).isEqualTo(2);
        assertThat(view.payloadBytes()).isEqualTo("hi".getBytes(UTF_8));
        assertThat(view.frameLength()).isEqualTo(26);
        assertThat(view.frameStart() + view.frameLength()).isEqualTo(in.readerIndex());
        assertThat(view.topicAlias()).isEqualTo(7);
        assertThat(view.messageExpirySeconds()).isEqualTo(60);
        assertThat(view.properties().text(Property.CONTENT_TYPE)).isEqualTo("t");
    }

    @Test
    void givenUsedView_whenNextPublishIsPlain_thenNothingOfTheOldOneIsLeft() throws Exception {
        Decoding decoding = Decoding.connected(ProtocolVersion.MQTT_5, true);

        decoding.all("3D [ 'a/b' 1234 { 23 0007 02 FFFFFFFF 26 'n' 'v' } 68 69 ]");
        assertThat(decoding.view.messageExpirySeconds()).isEqualTo(0xFFFF_FFFFL);
        decoding.all("30 [ 'c' { } ]");

        PublishView view = decoding.view;
        assertThat(view.dup()).isFalse();
        assertThat(view.qos()).isZero();
        assertThat(view.retain()).isFalse();
        assertThat(view.packetId()).isZero();
        assertThat(view.topicAlias()).isZero();
        assertThat(view.messageExpirySeconds()).isEqualTo(-1);
        assertThat(view.propertiesLength()).isZero();
        assertThat(view.properties().isEmpty()).isTrue();
        assertThat(view.forwardedProperties()).isNull();
        assertThat(view.payloadLength()).isZero();
    }

    /** With and without each of the two, in both orders, first, between and last. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', nullValues = "-", textBlock = """
            23 0001                                            | -
            02 00000005                                        | -
            23 0001 02 00000005                                | -
            02 00000005 23 0001                                | -
            03 't'                                             | 03 't'
            03 't' 26 'n' 'v'                                  | 03 't' 26 'n' 'v'
            23 0001 03 't'                                     | 03 't'
            03 't' 23 0001                                     | 03 't'
            02 00000005 03 't'                                 | 03 't'
            03 't' 02 00000005                                 | 03 't'
            23 0001 03 't' 02 00000005                         | 03 't'
            02 00000005 03 't' 23 0001                         | 03 't'
            03 't' 23 0001 02 00000005 26 'n' 'v'              | 03 't' 26 'n' 'v'
            03 't' 02 00000005 23 0001 26 'n' 'v'              | 03 't' 26 'n' 'v'
            01 01 23 0001 03 't' 02 00000005 26 'n' 'v'        | 01 01 03 't' 26 'n' 'v'
            01 01 02 00000005 03 't' 23 0001 26 'n' 'v'        | 01 01 03 't' 26 'n' 'v'
            """)
    void givenProperties_whenForwarded_thenAliasAndExpiryStayBehind(String properties, String forwarded)
            throws Exception {
        Decoding decoding = Decoding.connected(ProtocolVersion.MQTT_5, true);
        decoding.all("30 [ 'a' { " + properties + " } 68 69 ]");
        byte[] expected = forwarded == null ? new byte[0] : octets(Wire.bytes(forwarded));

        ByteBuf out = Unpooled.buffer();
        decoding.view.writeForwardedProperties(out);

        assertThat(decoding.view.forwardedPropertiesLength()).isEqualTo(expected.length);
        assertThat(octets(out)).isEqualTo(expected);
        assertThat(decoding.view.forwardedProperties()).isEqualTo(forwarded == null ? null : expected);
    }

    @Test
    void givenRandomPublishes_whenForwarded_thenTheRestOfTheProperties() throws Exception {
        for (long seed = 0; seed < 2_000; seed++) {
            Packet.Publish publish = new RandomPackets(new Random(seed), ProtocolVersion.MQTT_5).publish(true);
            ByteBuf wire = Unpooled.buffer();
            PacketEncoder.encode(publish, ProtocolVersion.MQTT_5, wire);
            Decoding decoding = Decoding.connected(ProtocolVersion.MQTT_5, true);
            decoding.all(wire);

            ByteBuf out = Unpooled.buffer();
            decoding.view.writeForwardedProperties(out);

            Properties rest =
                    publish.properties().without(Property.TOPIC_ALIAS).without(Property.MESSAGE_EXPIRY_INTERVAL);
            assertThat(Canonical.of(PropertiesReader.read(out, 0, out.writerIndex())))
                    .as("seed %d", seed)
                    .isEqualTo(Canonical.of(rest));
        }
    }

    @Test // [MQTT-3.3.2-18] [MQTT-3.3.4-6]
    void givenPublishOfABroker_whenDecoded_thenSeveralSubscriptionIdentifiersAndUserPropertiesKeepTheirOrder()
            throws Exception {
        Decoding decoding = Decoding.client(ProtocolVersion.MQTT_5);

        decoding.all("30 [ 'a' { 0B 02 26 'n' '1' 0B 80 01 26 'n' '2' 0B 02 } ]");

        Properties properties = ((Packet.Publish) decoding.packets.get(0)).properties();
        assertThat(properties.subscriptionIdentifiers()).containsExactly(2, 128, 2);
        assertThat(properties.userProperties()).containsExactly(new UserProperty("n", "1"), new UserProperty("n", "2"));
    }

    private static byte[] octets(ByteBuf buffer) {
        byte[] octets = new byte[buffer.readableBytes()];
        buffer.getBytes(buffer.readerIndex(), octets);
        return octets;
    }
}
