// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.redis;

import io.lettuce.core.KeyValue;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.Template;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * A question for Redis, as an operator writes it: {@code HMGET mqtt_user:${username} password_hash salt}. It is cut
 * into its arguments before a client fills the key, so that a client never adds one.
 *
 * @param name HMGET, HGETALL, HGET or GET
 * @param key the key, with the placeholders of {@link Template}
 * @param fields the fields of HMGET or HGET
 */
record RedisCommand(Name name, Template key, List<String> fields) {
    /** What a command asks for. */
    enum Name {
        HMGET,
        HGETALL,
        HGET,
        GET
    }

    /**
     * Reads a command.
     *
     * @param names which commands there may be
     * @param example one that would do
     * @throws IllegalArgumentException with a sentence that says what was expected
     */
    static RedisCommand parse(String text, Set<Name> names, String example) {
        List<String> words = List.of(text.trim().split("\\s+"));
        Name name = names.stream()
                .filter(known -> known.name().equals(words.get(0).toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElse(null);
        List<String> fields = words.subList(Math.min(2, words.size()), words.size());
        boolean complete = name != null
                && words.size() > 1
                && switch (name) {
                    case HMGET -> !fields.isEmpty();
                    case HGET -> fields.size() == 1;
                    case HGETALL, GET -> fields.isEmpty();
                };
        if (name == null || !complete) {
            throw new IllegalArgumentException("expected a command such as " + example);
        }
        for (String field : fields) {
            if (!Template.parse(field).isConstant()) {
                throw new IllegalArgumentException("expected placeholders in the key only, as in " + example);
            }
        }
        return new RedisCommand(name, Template.parse(words.get(1)), fields);
    }

    /** Whether the client has everything that the key needs. */
    boolean appliesTo(ClientInfo client) {
        return key.placeholders().stream().allMatch(placeholder -> Template.value(client, placeholder) != null);
    }

    /**
     * Asks it for one client.
     *
     * @return completes with the fields that there are; the value of GET is {@code password_hash}
     */
    CompletionStage<Map<String, String>> ask(RedisClusterAsyncCommands<String, String> redis, ClientInfo client) {
        String filled = key.fill(client);
        return switch (name) {
            case HGETALL -> redis.hgetall(filled).thenApply(Map::copyOf);
            case HMGET -> redis.hmget(filled, fields.toArray(String[]::new)).thenApply(RedisCommand::present);
            case HGET -> redis.hget(filled, fields.get(0)).thenApply(value -> only(fields.get(0), value));
            case GET -> redis.get(filled).thenApply(value -> only("password_hash", value));
        };
    }

    private static Map<String, String> present(List<KeyValue<String, String>> fields) {
        Map<String, String> present = new HashMap<>();
        for (KeyValue<String, String> field : fields) {
            field.ifHasValue(value -> present.put(field.getKey(), value));
        }
        return present;
    }

    private static Map<String, String> only(String field, String value) {
        return value == null ? Map.of() : Map.of(field, value);
    }
}
