// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.mongodb;

import com.mongodb.MongoException;
import com.mongodb.client.FindIterable;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoCursor;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The documents of one collection, asked for by many threads at once. MongoDB need not be there when the broker starts:
 * the driver goes on looking for it, and a question waits as long as the settings say.
 */
final class Documents implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Documents.class);
    private static final AtomicInteger OPEN = new AtomicInteger();

    private final MongoSettings settings;
    private final MongoClient client;
    private final MongoCollection<BsonDocument> collection;

    Documents(MongoSettings settings) {
        this.settings = settings;
        client = MongoClients.create(settings.client());
        OPEN.incrementAndGet();
        collection = client.getDatabase(settings.database()).getCollection(settings.collection(), BsonDocument.class);
    }

    /**
     * Asks for documents and waits for them.
     *
     * @param most how many there may be
     * @throws IllegalStateException with a sentence, when MongoDB does not answer, or answers with an error or with
     *     more documents
     */
    List<BsonDocument> find(BsonDocument filter, int most) {
        List<BsonDocument> found = new ArrayList<>();
        FindIterable<BsonDocument> query = collection.find(filter).limit(most + 1);
        try (MongoCursor<BsonDocument> cursor = query.iterator()) {
            cursor.forEachRemaining(found::add);
        } catch (MongoException e) {
            throw new IllegalStateException(settings.where() + " did not answer the query: " + e.getMessage(), e);
        }
        if (found.size() > most) {
            throw new IllegalStateException(
                    settings.where() + " has more than " + most + " documents for one client, which was not expected");
        }
        return found;
    }

    /** What a field says, as a text; null when it says nothing. */
    static @Nullable String text(BsonDocument document, String field) {
        BsonValue value = document.get(field);
        return value == null || value.isNull() ? null : text(value);
    }

    /** A value as a text; an array has commas between. */
    static String text(BsonValue value) {
        return switch (value.getBsonType()) {
            case STRING -> value.asString().getValue();
            case BOOLEAN -> Boolean.toString(value.asBoolean().getValue());
            case INT32, INT64, DOUBLE -> Long.toString(value.asNumber().longValue());
            case ARRAY -> value.asArray().stream().map(Documents::text).collect(Collectors.joining(","));
            default ->
                throw new IllegalArgumentException(
                        "expected a string, a number, true, false or a list of them, got " + value.getBsonType());
        };
    }

    @Override
    public void close() {
        client.close();
        if (OPEN.decrementAndGet() == 0) {
            endPruner();
        }
    }

    /**
     * The driver keeps a thread that gives idle buffers back, for all clients and for ever; nothing of its interface
     * ends it. An instance that comes later in the same bundle keeps its few buffers until the bundle leaves.
     */
    private static void endPruner() {
        try {
            Class<?> pool = Class.forName("com.mongodb.internal.connection.PowerOfTwoBufferPool");
            Method disable = pool.getDeclaredMethod("disablePruning");
            disable.setAccessible(true);
            disable.invoke(pool.getField("DEFAULT").get(null));
        } catch (ReflectiveOperationException e) {
            LOG.warn("a thread of MongoDB's driver stays behind: it is another version than expected", e);
        }
    }
}
