// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Addresses that begin with the same bits: {@code 10.0.0.0/8}, {@code 2001:db8::/32}, or one address. Never resolves a
 * name. Immutable, safe for any thread.
 *
 * @since 1.0
 */
public final class AddressRange {
    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
    private static final Pattern FIGURES =
            Pattern.compile(OCTET + "(\\." + OCTET + "){3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

    private final byte[] network;
    private final int bits;

    private AddressRange(byte[] network, int bits) {
        this.network = network;
        this.bits = bits;
    }

    /** Reads one; null when the text is none. */
    public static @Nullable AddressRange parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = address(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        byte[] network = address.getAddress();
        int most = network.length * 8;
        if (slash < 0) {
            return new AddressRange(network, most);
        }
        try {
            int bits = Integer.parseInt(text.substring(slash + 1));
            return bits >= 0 && bits <= most ? new AddressRange(network, bits) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** An address in figures, or null when the text is anything else; no name is looked up, and nothing of Netty. */
    public static @Nullable InetAddress address(String text) {
        try {
            return FIGURES.matcher(text).matches() ? InetAddress.getByName(text) : null;
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** Reads several, parted by commas; null when one of them is none. */
    public static @Nullable List<AddressRange> parseAll(String text) {
        List<AddressRange> result = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (!part.isBlank()) {
                AddressRange range = parse(part.trim());
                if (range == null) {
                    return null;
                }
                result.add(range);
            }
        }
        return List.copyOf(result);
    }

    /** Whether one of the ranges has the address. */
    public static boolean anyContains(List<AddressRange> ranges, InetAddress address) {
        for (AddressRange range : ranges) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** An IPv4 address that came by an IPv6 socket is its IPv4 self: the JDK sees to that. */
    public boolean contains(InetAddress address) {
        return contains(address.getAddress());
    }

    /**
     * As {@link #contains(InetAddress)}, for who asks many ranges about one address: the octets are copied only once.
     *
     * @param other the octets of an address, as {@link InetAddress#getAddress} gives them
     */
    public boolean contains(byte[] other) {
        if (other.length != network.length) {
            return false;
        }
        for (int i = 0; i * 8 < bits; i++) {
            int mask = (0xff00 >> Math.min(8, bits - i * 8)) & 0xff;
            if (((network[i] ^ other[i]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AddressRange range && range.bits == bits && Arrays.equals(range.network, network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + bits;
    }

    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/" + bits;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("expected 4 or 16 bytes", e);
        }
    }
}
