// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.builtin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.marquetry.auth.support.Account;
import io.marquetry.auth.support.PasswordScheme;
import io.marquetry.auth.support.StoredPassword;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Users with their hashes, as other systems hand them out: CSV with a heading, or a JSON array of objects. */
final class UserImport {
    private static final String NAME = "user_id";
    private static final String HASH = "password_hash";
    private static final String SALT = "salt";
    private static final String SUPERUSER = "is_superuser";

    private final PasswordScheme scheme;
    private final Map<String, UserStore.Entry> users = new HashMap<>();

    private UserImport(PasswordScheme scheme) {
        this.scheme = scheme;
    }

    /**
     * Reads all of them.
     *
     * @param scheme how hashes were made that do not say so themselves
     * @throws IllegalArgumentException with the line or element and what was expected there
     * @throws IOException when it cannot be read
     */
    static Map<String, UserStore.Entry> read(InputStream in, String format, PasswordScheme scheme) throws IOException {
        UserImport read = new UserImport(scheme);
        switch (format.toLowerCase(Locale.ROOT)) {
            case "csv" -> read.csv(in);
            case "json" -> read.json(in);
            default -> throw new IllegalArgumentException("expected the format csv or json, got \"" + format + "\"");
        }
        return read.users;
    }

    private void csv(InputStream in) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
        try {
            String heading = lines.readLine();
            List<String> columns = heading == null ? List.of() : cells(heading.replace("\uFEFF", ""));
            if (!columns.contains(NAME) || !columns.contains(HASH)) {
                throw new IllegalArgumentException("line 1: expected the heading " + NAME + "," + HASH + "," + SALT
                        + "," + SUPERUSER + ", of which the last two may be left out");
            }
            int number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                List<String> cells = cells(line);
                String where = "line " + number;
                if (cells.size() != columns.size()) {
                    throw new IllegalArgumentException(
                            where + ": expected " + columns.size() + " values, got " + cells.size());
                }
                Map<String, String> values = new HashMap<>();
                for (int i = 0; i < cells.size(); i++) {
                    values.put(columns.get(i), cells.get(i));
                }
                add(where, values);
            }
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("expected UTF-8", e);
        }
    }

    /** Values with commas between them; one in quotes may have commas, and quotes doubled. */
    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quoted && c == '"' && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                cells.add(cell.toString().strip());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString().strip());
        return cells;
    }

    private void json(InputStream in) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(in)) {
            parser.disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new IllegalArgumentException("expected a JSON array of objects");
            }
            int number = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                number++;
                String where = "element " + number;
                if (parser.currentToken() != JsonToken.START_OBJECT) {
                    throw new IllegalArgumentException(where + ": expected an object");
                }
                Map<String, String> values = new HashMap<>();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String field = parser.currentName();
                    if (parser.nextToken().isStructStart()) {
                        throw new IllegalArgumentException(where + ": expected a plain value of " + field);
                    }
                    if (parser.currentToken() != JsonToken.VALUE_NULL) {
                        values.put(field, parser.getText());
                    }
                }
                add(where, values);
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "line " + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()) + ": expected JSON: "
                            + e.getOriginalMessage(),
                    e);
        }
    }

    private void add(String where, Map<String, String> values) {
        String name = values.getOrDefault(NAME, "");
        String hash = values.getOrDefault(HASH, "");
        try {
            BuiltinUsers.checkName(name);
            if (hash.isEmpty()) {
                throw new IllegalArgumentException("expected a " + HASH);
            }
            UserStore.Entry entry = new UserStore.Entry(
                    new Account(password(hash, values.get(SALT))), flag(values.getOrDefault(SUPERUSER, "")));
            if (users.put(name, entry) != null) {
                throw new IllegalArgumentException("expected each user once, got " + name + " again");
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
        }
    }

    private StoredPassword password(String hash, @Nullable String salt) {
        return hash.startsWith("$")
                ? StoredPassword.parse(hash)
                : StoredPassword.ofTable(scheme, hash, salt == null || salt.isEmpty() ? null : salt);
    }

    private static boolean flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "1" -> true;
            case "false", "0", "" -> false;
            default ->
                throw new IllegalArgumentException(
                        "expected " + SUPERUSER + " to be true or false, got \"" + text + "\"");
        };
    }

    @Override
    public String toString() {
        return "UserImport" + Arrays.toString(users.keySet().toArray());
    }
}
