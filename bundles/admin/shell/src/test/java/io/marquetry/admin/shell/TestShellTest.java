// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class TestShellTest {
    @Test
    void givenClosedShell_whenOneOfItsCommandsStillSetsStreams_thenThoseOfTheSystemStay() {
        PrintStream before = System.out;
        TestShell shell = new TestShell();
        shell.close();

        shell.threads().setStreams(InputStream.nullInputStream(), before, before);

        assertThat(System.out).isSameAs(before);
    }
}
