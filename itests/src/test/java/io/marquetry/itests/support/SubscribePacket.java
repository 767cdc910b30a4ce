// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/** A SUBSCRIBE to send. The subscription options are those of MQTT 5; 3.x has only the QoS bits. */
public final class SubscribePacket extends Outgoing<SubscribePacket> {
    /** Option bit: messages of this client do not come back to it. */
    public static final int NO_LOCAL = 0x04;
    /** Option bit: the RETAIN flag arrives as it was published. */
    public static final int RETAIN_AS_PUBLISHED = 0x08;
    /** Option bits: retained messages only for a subscription that is new. */
    public static final int RETAIN_IF_NEW = 0x10;
    /** Option bits: no retained messages. */
    public static final int RETAIN_NEVER = 0x20;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Request(byte[] filter, int options) {}

    private final int id;
    private final List<Request> requests = new ArrayList<>();

    SubscribePacket(int id) {
        this.id = id;
    }

    /** Adds a filter with its options byte. */
    public SubscribePacket to(String filter, int options) {
        return toBytes(filter.getBytes(UTF_8), options);
    }

    /** Adds a filter that need not be UTF-8. */
    public SubscribePacket toBytes(byte[] filter, int options) {
        requests.add(new Request(filter, options));
        return this;
    }

    @Override
    int usualFirstByte() {
        return 0x82;
    }

    @Override
    void writeBody(Bytes out, Version version) {
        out.u16(id);
        writeProps(out, version);
        for (Request request : requests) {
            out.binary(request.filter).u8(request.options);
        }
    }
}
