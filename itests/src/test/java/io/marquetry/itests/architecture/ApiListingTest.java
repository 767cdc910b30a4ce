// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What the api exports, as text. Extensions are compiled against it, so it changes on purpose only: after such a change
 * run
 *
 * <pre>
 * mvn verify -pl itests -am -DskipITs -Dtest=ApiListingTest -Dsurefire.failIfNoSpecifiedTests=false -Dapi.update=true
 * </pre>
 *
 * and commit the new listing with it; a package that lost or changed something needs a new version in its package-info.
 */
class ApiListingTest {
    private static final Path LISTING = Path.of("src", "test", "resources", "api.txt");
    private static final Pattern EXPORT = Pattern.compile(
            "(?<package>[\\w.]+)(?:;(?:version=\"(?<version>[^\"]*)\"|[\\w-]+:?=(?:\"[^\"]*\"|[^,;]*)))+");

    @Test
    void givenExportedPackages_whenListed_thenTheyAreWhatWasPromised() throws Exception {
        String actual = list();

        if (Boolean.getBoolean("api.update")) {
            Files.writeString(LISTING, actual);
        }

        assertThat(actual.lines())
                .as("the exported packages; when the change is meant, see the comment of this class")
                .containsExactlyElementsOf(Files.readAllLines(LISTING));
    }

    private static String list() throws Exception {
        StringBuilder out = new StringBuilder();
        for (String line : exports()) {
            String name = line.substring(0, line.indexOf(' '));
            out.append("package ").append(line).append('\n');
            for (String type : types(name)) {
                describe(Class.forName(type, false, ApiListingTest.class.getClassLoader()), out);
            }
        }
        return out.toString();
    }

    /** The exported packages of the api, {@code NAME VERSION}, read from their manifests. */
    private static TreeSet<String> exports() throws IOException {
        TreeSet<String> result = new TreeSet<>();
        for (URL url : Collections.list(ApiListingTest.class.getClassLoader().getResources("META-INF/MANIFEST.MF"))) {
            Manifest manifest;
            try (InputStream in = url.openStream()) {
                manifest = new Manifest(in);
            }
            String bundle = manifest.getMainAttributes().getValue("Bundle-SymbolicName");
            String exports = manifest.getMainAttributes().getValue("Export-Package");
            if (bundle != null && bundle.startsWith("io.marquetry.") && exports != null) {
                Matcher matcher = EXPORT.matcher(exports);
                while (matcher.find()) {
                    // codec and core.port are exported for transport, which is built with them.
                    if (matcher.group("package").startsWith("io.marquetry.api.")) {
                        result.add(matcher.group("package") + " " + matcher.group("version"));
                    }
                }
            }
        }
        return result;
    }

    private static TreeSet<String> types(String packageName) {
        return new ClassFileImporter()
                .importPackages(packageName).stream()
                        .filter(type -> type.getPackageName().equals(packageName))
                        .map(JavaClass::getName)
                        .filter(name -> !name.endsWith("package-info"))
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void describe(Class<?> type, StringBuilder out) {
        if (!visible(type)) {
            return;
        }
        out.append("  ").append(type.toGenericString());
        if (type.isSealed()) {
            out.append(" permits ")
                    .append(Arrays.stream(type.getPermittedSubclasses())
                            .map(Class::getName)
                            .sorted()
                            .collect(Collectors.joining(", ")));
        }
        out.append('\n');
        List<Member> members = new ArrayList<>();
        members.addAll(List.of(type.getDeclaredFields()));
        members.addAll(List.of(type.getDeclaredConstructors()));
        members.addAll(List.of(type.getDeclaredMethods()));
        members.stream()
                .filter(member ->
                        !member.isSynthetic() && (member.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0)
                .map(ApiListingTest::text)
                .sorted()
                .forEach(text -> out.append("    ").append(text).append('\n'));
    }

    private static String text(Member member) {
        if (member instanceof Field field) {
            return field.toGenericString();
        }
        if (member instanceof Constructor<?> constructor) {
            return constructor.toGenericString();
        }
        return ((Method) member).toGenericString();
    }

    private static boolean visible(Class<?> type) {
        for (Class<?> each = type; each != null; each = each.getDeclaringClass()) {
            if ((each.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) == 0) {
                return false;
            }
        }
        return !type.isAnonymousClass() && !type.isLocalClass() && !type.isSynthetic();
    }
}
