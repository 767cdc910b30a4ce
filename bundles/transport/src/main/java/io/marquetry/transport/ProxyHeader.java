// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.config.AddressRange;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.AddressFamily;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads the PROXY header, version 1 or 2, that a proxy writes in front of its client's bytes. */
final class ProxyHeader extends ChannelInboundHandlerAdapter {
    /** What may stand in a header of version 2 behind the addresses; certificates do not travel in it. */
    private static final int MAX_TLVS = 4096;

    /** Netty's decoder, which would wait for more of what cannot be a header. */
    private static final class Decoder extends HAProxyMessageDecoder {
        private final Arrival arrival;
        private boolean begun;

        Decoder(Arrival arrival) {
            super(MAX_TLVS);
            this.arrival = arrival;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (!begun && message instanceof ByteBuf in && in.isReadable()) {
                begun = true;
                byte first = in.getByte(in.readerIndex());
                if (first != 'P' && first != '\r') {
                    in.release();
                    refuse(arrival, "it begins with byte 0x" + Integer.toHexString(first & 0xff));
                    return;
                }
                arrival.spoke();
            }
            super.channelRead(context, message);
        }
    }

    private final Arrival arrival;

    private ProxyHeader(Arrival arrival) {
        this.arrival = arrival;
    }

    static void expect(ChannelPipeline pipeline, Arrival arrival) {
        pipeline.addLast(new Decoder(arrival), new ProxyHeader(arrival));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof HAProxyMessage header)) {
            context.fireChannelRead(message);
            return;
        }
        try {
            arrival.introduced(client(header), certificate(header));
        } catch (UnknownHostException e) {
            refuse(arrival, "its address is none");
        } finally {
            header.release();
        }
        context.pipeline().remove(this);
    }

    /** Null when the proxy speaks for itself, to see whether we live, or does not know. */
    private static @Nullable InetSocketAddress client(HAProxyMessage header) throws UnknownHostException {
        AddressFamily family = header.proxiedProtocol().addressFamily();
        if (header.command() == HAProxyCommand.LOCAL
                || (family != AddressFamily.AF_IPv4 && family != AddressFamily.AF_IPv6)) {
            return null;
        }
        InetAddress address = AddressRange.address(header.sourceAddress());
        if (address == null) {
            throw new UnknownHostException(header.sourceAddress());
        }
        return new InetSocketAddress(address, header.sourcePort());
    }

    private static @Nullable PeerCertificate certificate(HAProxyMessage header) {
        for (HAProxyTLV tlv : header.tlvs()) {
            // The result is 0 without a certificate as well: the two bits say whether there was one.
            if (tlv instanceof HAProxySSLTLV ssl
                    && ssl.verify() == 0
                    && (ssl.isPP2ClientCertConn() || ssl.isPP2ClientCertSess())) {
                for (HAProxyTLV inner : ssl.encapsulatedTLVs()) {
                    if (inner.type() == HAProxyTLV.Type.PP2_TYPE_SSL_CN) {
                        return new PeerCertificate(inner.content().toString(StandardCharsets.UTF_8), null);
                    }
                }
            }
        }
        return null;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        refuse(arrival, String.valueOf(cause.getMessage()));
    }

    private static void refuse(Arrival arrival, String problem) {
        arrival.refuse(
                "proxy_protocol_error",
                "expected a PROXY header of version 1 or 2 in front of a connection, since proxyProtocol = true: "
                        + problem + "; the connection is closed");
    }
}
