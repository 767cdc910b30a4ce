// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

/**
 * One subscription.
 *
 * @param clientId whose it is
 * @param filter what it subscribes to, as the broker knows it: with {@code $share/group/} and the mountpoint, if any
 * @param qos the maximum quality of service granted, 0 to 2
 * @param noLocal whether the client's own messages stay away
 * @param retainAsPublished whether the RETAIN flag is kept
 * @since 1.0
 */
public record SubscriptionInfo(String clientId, String filter, int qos, boolean noLocal, boolean retainAsPublished) {}
