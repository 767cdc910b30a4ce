// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.ban;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.admin.Ban;
import io.marquetry.api.admin.Ban.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BanListTest {
    private static final long NOW = 1_700_000_000_000L;

    @TempDir
    Path directory;

    private Path file;
    private long now = NOW;
    private final List<Ban> told = new ArrayList<>();
    private BanList bans;

    @BeforeEach
    void begin() {
        file = directory.resolve("data").resolve("bans");
        bans = restarted();
    }

    private BanList restarted() {
        BanList list = new BanList(() -> now, told::add);
        list.keepIn(file);
        return list;
    }

    private static Ban ban(Kind as, String who, long seconds) {
        return new Ban(as, who, "test", "why\tnot", NOW, seconds == 0 ? Long.MAX_VALUE : NOW + seconds * 1_000);
    }

    private boolean isBanned(String id, String user, String host) {
        return bans.isBanned(id, user, host == null ? null : new InetSocketAddress(host, 1));
    }

    @ParameterizedTest
    @CsvSource({
        "CLIENTID, c1, true",
        "CLIENTID, c, false",
        "USERNAME, u1, true",
        "USERNAME, c1, false",
        "PEERHOST, 10.1.2.3, true",
        "PEERHOST, 10.1.2.4, false",
        "CLIENTID_RE, ^c[0-9]$, true",
        "CLIENTID_RE, ^x, false",
        "USERNAME_RE, '1', true",
        "USERNAME_RE, ^1, false",
        "PEERHOST_NET, 10.0.0.0/8, true",
        "PEERHOST_NET, 11.0.0.0/8, false"
    })
    void givenBanOfEachKind_whenAskedForAClient_thenItHoldsForThoseItSpeaksAbout(Kind as, String who, boolean banned) {
        bans.add(ban(as, who, 0));

        assertThat(isBanned("c1", "u1", "10.1.2.3")).isEqualTo(banned);
        assertThat(isBanned("other", null, null)).isFalse();
        assertThat(told).hasSize(1);
    }

    @Test
    void givenAddressInAnotherForm_whenAskedAndDeleted_thenItIsTheSame() {
        bans.add(ban(Kind.PEERHOST, "2001:db8:0:0::1", 0));

        assertThat(isBanned("c", null, "2001:db8::1")).isTrue();
        assertThat(bans.delete(Kind.PEERHOST, "2001:db8::1")).isTrue();
        assertThat(isBanned("c", null, "2001:db8::1")).isFalse();
        bans = restarted();
        assertThat(bans.list()).isEmpty();
    }

    @Test
    void givenBanWithAnEnd_whenItHasCome_thenTheClientMayAndTheBanIsGone() {
        bans.add(ban(Kind.CLIENTID, "c", 10));
        now = NOW + 9_999;
        assertThat(isBanned("c", null, null)).isTrue();

        now = NOW + 10_000;

        assertThat(isBanned("c", null, null)).isFalse();
        assertThat(bans.list()).isEmpty();
        bans.sweep();
        assertThat(bans.delete(Kind.CLIENTID, "c")).isFalse();
    }

    @Test
    void givenExpressionThatNeedsForEver_whenAsked_thenTheClientIsBanned() {
        bans.add(ban(Kind.CLIENTID_RE, "^(a+)+$", 0));

        assertThat(isBanned("a".repeat(5_000) + "b", null, null)).isTrue();
        assertThat(isBanned("b", null, null)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CLIENTID_RE | ( | expected a regular expression",
                "PEERHOST | 10.0.0.0/8 | expected an address such as 10.1.2.3",
                "PEERHOST | localhost | expected an address such as 10.1.2.3",
                "PEERHOST_NET | 10.0.0.0/33 | expected a range of addresses"
            })
    void givenWhoThatIsNoSuchThing_whenAdded_thenTheSentenceSaysWhatWasExpected(Kind as, String who, String sentence) {
        assertThatThrownBy(() -> bans.add(ban(as, who, 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(sentence);
        assertThat(bans.list()).isEmpty();
        assertThat(file).doesNotExist();
    }

    @Test
    void givenEndInThePast_whenAdded_thenItIsRefused() {
        assertThatThrownBy(() -> bans.add(ban(Kind.CLIENTID, "c", -1)))
                .hasMessage("expected a ban that ends in the future");
    }

    @Test
    void givenBans_whenStartedAnew_thenThoseInForceAreThereAsTheyWere() {
        Ban odd = ban(Kind.CLIENTID, "tab\t line\n back\\slash \uD83D\uDE00 \u001b[2J", 0);
        bans.add(odd);
        bans.add(ban(Kind.USERNAME, "short", 5));
        bans.add(ban(Kind.PEERHOST_NET, "10.0.0.0/8", 500));
        bans.add(ban(Kind.CLIENTID, "deleted", 0));
        bans.delete(Kind.CLIENTID, "deleted");
        bans.add(ban(Kind.CLIENTID, "replaced", 5));
        bans.add(ban(Kind.CLIENTID, "replaced", 600));
        bans.close();
        now = NOW + 10_000;

        bans = restarted();

        assertThat(bans.list())
                .containsExactly(ban(Kind.CLIENTID, "replaced", 600), odd, ban(Kind.PEERHOST_NET, "10.0.0.0/8", 500));
        assertThat(isBanned("c", null, "10.9.9.9")).isTrue();
    }

    @Test
    void givenBanOfALoop_whenSwept_thenItIsInTheFile() {
        bans.addFromLoop(ban(Kind.CLIENTID, "flaps", 300));
        assertThat(isBanned("flaps", null, null)).isTrue();
        assertThat(file).doesNotExist();

        bans.sweep();

        assertThat(file).content().contains("ban\tclientid\tflaps\t2023-11-14T22:18:20Z\t2023-11-14T22:13:20Z\ttest\t");
    }

    @Test
    void givenBrokenLines_whenStarted_thenTheOthersAreTakenAndTheFileIsKept() throws IOException {
        bans.add(ban(Kind.CLIENTID, "c", 0));
        bans.close();
        String whole = Files.readString(file);
        Files.writeString(
                file, whole + "ban\tshoe\tx\tnever\t2023-11-14T22:18:20Z\ta\tb\nrubbish\nban\tclientid\ttorn");

        bans = restarted();

        assertThat(bans.list()).extracting(Ban::who).containsExactly("c");
        assertThat(file).hasContent(whole);
        assertThat(file.resolveSibling("bans.broken")).content().contains("shoe");
    }

    @Test
    void givenFileThatCannotBeRead_whenAdded_thenItIsNotInForceAndTheFileStays() throws IOException {
        Files.createDirectories(file.resolve("a-directory"));
        bans = restarted();

        assertThatThrownBy(() -> bans.add(ban(Kind.CLIENTID, "c", 0))).isInstanceOf(UncheckedIOException.class);

        assertThat(isBanned("c", null, null)).isFalse();
    }

    @Test
    void givenAHundredThousand_whenMostHaveEnded_thenTheFileIsWrittenAnew() throws IOException {
        IntStream.range(0, 100_000).forEach(i -> bans.add(ban(Kind.CLIENTID, "c" + i, i < 10 ? 0 : 60)));
        assertThat(isBanned("c99999", null, null)).isTrue();
        assertThat(bans.list()).hasSize(100_000);
        now = NOW + 60_000;

        bans.sweep();

        assertThat(Files.readAllLines(file)).hasSize(12);
        bans.add(ban(Kind.CLIENTID, "later", 0));
        bans.close();
        bans = restarted();
        assertThat(bans.list()).hasSize(11);
    }

    @Test
    void givenBanThatBeginsLater_whenItsTimeComes_thenItIsToldOnce() {
        Ban later = new Ban(Kind.CLIENTID, "c1", "test", "", NOW + 60_000, NOW + 120_000);

        bans.add(later);
        bans.sweep();
        assertThat(told).as("not in force yet").isEmpty();
        assertThat(isBanned("c1", null, null)).isFalse();
        now += 60_000;
        bans.sweep();
        bans.sweep();

        assertThat(told).containsExactly(later);
        assertThat(isBanned("c1", null, null)).isTrue();
    }

    @Test
    void givenBansThatBeginLater_whenDeletedOrReplacedBefore_thenOnlyTheLastOneIsTold() {
        Ban first = new Ban(Kind.CLIENTID, "c1", "test", "", NOW + 60_000, NOW + 120_000);
        Ban second = new Ban(Kind.CLIENTID, "c1", "test", "again", NOW + 60_000, NOW + 120_000);
        bans.add(new Ban(Kind.USERNAME, "u1", "test", "", NOW + 60_000, NOW + 120_000));
        bans.add(first);
        bans.add(second);
        bans.delete(Kind.USERNAME, "u1");

        now += 60_000;
        bans.sweep();

        assertThat(told).containsExactly(second);
    }

    @Test
    void givenBanThatBeginsAfterARestart_whenItsTimeComes_thenItIsTold() {
        Ban later = new Ban(Kind.CLIENTID, "c1", "test", "", NOW + 60_000, NOW + 120_000);
        bans.add(later);
        bans.close();

        bans = restarted();
        now += 60_000;
        bans.sweep();

        assertThat(told).containsExactly(later);
    }
}
