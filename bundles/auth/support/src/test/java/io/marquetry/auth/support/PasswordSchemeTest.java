// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hashes made by other programs: openssl, Python's hashlib and bcrypt, mosquitto_passwd. */
class PasswordSchemeTest {
    private static final byte[] PASSWORD = "public".getBytes(UTF_8);
    private static final byte[] OTHER = "Public".getBytes(UTF_8);

    @ParameterizedTest
    @CsvSource({
        "plain, disable, public, ",
        "md5, disable, 4c9184f37cff01bcdc32dc486ec36961, ",
        "sha256, disable, efa1f375d76194fa51a3556a97e641e61685f914d446979da50a551a4333ffd7, ",
        "SHA256, prefix, 8586F46452C265D7126E80799A5835087B7EC412A091A46EA0F03E75436D7679, slat",
        "sha512, suffix, bdh5N26prUd5EJ2EYUQ53kr7nOg4d/P981izzxBKaDR9qPTK7OPC72t9fthLZKEtOv4zJOGhSCieqEpvtI69lA==, slat",
        "sha1, suffix, 57d671a6d25a7419492d5ad23756c3d6d6bcc736, slat",
    })
    void givenDigest_whenChecked_thenOnlyThatPasswordMatches(
            String algorithm, String position, String hash, String salt) {
        PasswordScheme scheme = new PasswordScheme(algorithm, position, "sha256", 1000, 0);

        assertThat(scheme.matches(PASSWORD, hash, salt)).isTrue();
        assertThat(scheme.matches(OTHER, hash, salt)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "sha, 84a220030bcd15cc9637c93b5355a33d81c134e7",
        "sha256, c02329592555a7f33496eb63f4ae3b1fc821a0e2fa886d51e270b607ee466845",
        "sha512, ca8b101fcaf4b6e4d5819b8ea405ec5169b531d3d673ac783841bf2ad765509748f9a9a21e80ba49cbd0681fab0b6d213eff99ce004c45d9949c246581d14eb5"
    })
    void givenPbkdf2_whenChecked_thenOnlyThatPasswordMatches(String mac, String hash) {
        PasswordScheme scheme = new PasswordScheme("pbkdf2", "disable", mac, 1000, 0);

        assertThat(scheme.matches(PASSWORD, hash, "slat")).isTrue();
        assertThat(scheme.matches(OTHER, hash, "slat")).isFalse();
    }

    @Test
    void givenHashOfAnotherLength_whenChecked_thenItIsAnErrorThatDoesNotShowIt() {
        PasswordScheme scheme = new PasswordScheme("sha256", "disable", "sha256", 1, 0);

        assertThatThrownBy(() -> scheme.matches(PASSWORD, "secret-hash", null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("32 bytes")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @CsvSource({
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW, U*U",
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK, U*U*",
        "$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a, U*U*U"
    })
    void givenBcrypt_whenChecked_thenOnlyThatPasswordMatches(String hash, String password) {
        StoredPassword stored = StoredPassword.parse(hash);

        assertThat(stored.matches(password.getBytes(UTF_8))).isTrue();
        assertThat(stored.matches(OTHER)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "$6$iBbLtajlFPIDBYd+$MBKJe5b0d5nBo47PRpsWNcclJSILl17yP/jg0yBFhd01sWoCGeRo2cKmbbl3NOS67tIuNClsxK8zgs3SXhYexA==",
        "$7$101$C5oqLIGhdUG2aLlu$rkwsz42KX6dzxTTbsgreX3F0nB8HYIEm1B4YcxC1IdBZZmvgx41vmLUfaon9wdmtdpcgeMeEvcxdZIMu/ZaLtQ=="
    })
    void givenLineOfMosquittoPasswd_whenChecked_thenOnlyThatPasswordMatches(String hash) {
        StoredPassword stored = StoredPassword.parse(hash);

        assertThat(stored.matches(PASSWORD)).isTrue();
        assertThat(stored.matches(OTHER)).isFalse();
        assertThat(stored).hasToString("StoredPassword");
    }

    @Test
    void givenPasswordsWithNullAndOf64KiB_whenHashed_thenEveryByteCounts() {
        byte[] withNull = {1, 0, 2};
        byte[] huge = new byte[65_535];
        StoredPassword ofNull = StoredPassword.hash(withNull, 10);
        StoredPassword ofHuge = StoredPassword.hash(huge, 10);
        byte[] other = huge.clone();
        other[65_534] = 1;

        assertThat(ofNull.matches(withNull)).isTrue();
        assertThat(ofNull.matches(new byte[] {1, 0, 3})).isFalse();
        assertThat(ofHuge.matches(huge)).isTrue();
        assertThat(ofHuge.matches(other)).isFalse();
        assertThat(StoredPassword.hash(new byte[0], 10).matches(new byte[0])).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"$7$2000001$AAAA$AAAA, iterations", "$2b$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW, cost"
    })
    void givenHashThatWouldTakeSeconds_whenRead_thenRefused(String hash, String word) {
        assertThatThrownBy(() -> StoredPassword.parse(hash)).hasMessageContaining(word);
    }
}
