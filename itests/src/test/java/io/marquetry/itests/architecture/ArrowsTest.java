// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrows run down only: transport, core, codec, api; an extension sees the api and nothing else of the broker. */
class ArrowsTest {
    private static final String[] JDK = {"java..", "javax.."};
    /** Annotations of the build; nobody needs them at run time. */
    private static final String[] ANNOTATIONS = {
        "org.jspecify.annotations..",
        "org.osgi.annotation..",
        "org.osgi.service.component.annotations..",
        "org.osgi.service.metatype.annotations.."
    };

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.marquetry");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.marquetry.api",
                "io.marquetry.codec",
                "io.marquetry.core",
                "io.marquetry.transport",
                "io.marquetry.config",
                "io.marquetry.admin.shell",
                "io.marquetry.store.rocksdb",
                "io.marquetry.example.publish.hook",
                "io.marquetry.example.connect.hook",
                "io.marquetry.example.authenticator",
                "io.marquetry.example.authorizer",
                "io.marquetry.example.enhanced.authenticator",
                "io.marquetry.example.subscribe.hook",
                "io.marquetry.example.deliver.hook",
                "io.marquetry.example.event.listener",
                "io.marquetry.example.line.gateway"
            })
    void givenTheClassPath_whenImported_thenEveryBundleIsThere(String bundle) {
        assertThat(CLASSES.that(resideInAnyPackage(bundle + ".."))).isNotEmpty();
    }

    @Test
    void givenApi_thenItKnowsNobody() {
        only("io.marquetry.api..", "io.marquetry.api..").check(CLASSES);
    }

    @Test
    void givenCodec_thenItKnowsApiAndNettysBuffers() {
        only(
                        "io.marquetry.codec..",
                        "io.marquetry.codec..",
                        "io.marquetry.api..",
                        "io.netty.buffer..",
                        "io.netty.util..")
                .check(CLASSES);
    }

    @Test
    void givenCore_thenItKnowsNothingAboveIt() {
        only(
                        "io.marquetry.core..",
                        "io.marquetry.core..",
                        "io.marquetry.codec..",
                        "io.marquetry.api..",
                        "io.netty..",
                        "org.slf4j..",
                        "org.osgi..",
                        "org.apache.felix.fileinstall..")
                .check(CLASSES);
    }

    @Test
    void givenTransport_thenItEntersCoreByItsPort() {
        only(
                        "io.marquetry.transport..",
                        "io.marquetry.transport..",
                        "io.marquetry.core.port..",
                        "io.marquetry.codec..",
                        "io.marquetry.api..",
                        "io.netty..",
                        "org.slf4j..",
                        "org.osgi..")
                .check(CLASSES);
    }

    @Test
    void givenConfig_thenItKnowsNothingOfTheBroker() {
        only(
                        "io.marquetry.config..",
                        "io.marquetry.config..",
                        "org.slf4j..",
                        "org.osgi..",
                        "org.apache.felix.fileinstall..")
                .check(CLASSES);
    }

    @Test
    void givenShell_thenItKnowsTheApiAndKarafsShell() {
        only(
                        "io.marquetry.admin.shell..",
                        "io.marquetry.admin.shell..",
                        "io.marquetry.api..",
                        "org.apache.karaf.shell.api..",
                        "org.apache.karaf.shell.support..",
                        "org.slf4j..",
                        "org.osgi.framework..")
                .check(CLASSES);
    }

    /** Each of them: what its own libraries are, and nothing of another. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "file",
                "builtin org.apache.karaf.shell.api com.fasterxml.jackson",
                "certificate",
                "jwt com.nimbusds com.fasterxml.jackson",
                "http com.fasterxml.jackson",
                "jdbc com.zaxxer.hikari",
                "redis io.lettuce io.netty.util.concurrent reactor.core com.fasterxml.jackson",
                "mongodb com.mongodb org.bson",
                "acl"
            })
    void givenAuthExtension_thenItKnowsTheApiTheSupportAndItsLibraries(String nameAndLibraries) {
        String[] words = nameAndLibraries.split(" ");
        String own = "io.marquetry.auth." + words[0] + "..";
        List<String> allowed = new ArrayList<>(List.of(
                own, "io.marquetry.auth.support..", "io.marquetry.api..", "org.slf4j..", "org.osgi.framework.."));
        for (int i = 1; i < words.length; i++) {
            allowed.add(words[i] + "..");
        }

        only(own, allowed.toArray(String[]::new)).allowEmptyShould(true).check(CLASSES);
    }

    @Test
    void givenStore_thenItKnowsTheApiAndItsEngine() {
        only(
                        "io.marquetry.store.rocksdb..",
                        "io.marquetry.store.rocksdb..",
                        "io.marquetry.api..",
                        "org.rocksdb..",
                        "org.slf4j..",
                        "org.osgi.framework..")
                .check(CLASSES);
    }

    @Test
    void givenExtensions_thenTheyKnowTheApiOnly() {
        only(
                        "io.marquetry.example..",
                        "io.marquetry.example..",
                        "io.marquetry.api..",
                        "org.slf4j..",
                        "org.osgi.framework..")
                .check(CLASSES);
    }

    @Test
    void givenPackagesOfCore_thenTheyFormNoCycle() {
        slices().matching("io.marquetry.core.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void givenPackagesOfApi_thenTheyFormNoCycle() {
        slices().matching("io.marquetry.api.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void givenNames_thenNoneSaysWhatSomethingIsNotAbout() {
        noClasses()
                .that()
                .resideInAPackage("io.marquetry..")
                .should()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .check(CLASSES);
    }

    private static ArchRule only(String from, String... to) {
        List<String> allowed = new ArrayList<>(List.of(to));
        allowed.addAll(List.of(JDK));
        allowed.addAll(List.of(ANNOTATIONS));
        return classes()
                .that()
                .resideInAPackage(from)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(allowed.toArray(String[]::new)));
    }
}
