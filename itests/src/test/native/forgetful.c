// SPDX-License-Identifier: Apache-2.0
//
// A disk that forgets what was not synced, for processes that write through the C library.
//
// As a library in LD_PRELOAD it keeps a second image of the folder FORGETFUL_ROOT in FORGETFUL_IMAGE, which holds what
// has been promised to survive a power loss and nothing else: the bytes of a file up to its last fsync or fdatasync, and
// the names in a directory as they were at its last fsync. All other calls pass by; so sync_file_range promises nothing,
// nor do close, rename or exit.
//
//   IMAGE/files/INODE-BIRTH     the bytes of one file; inode numbers come again, births do not
//   IMAGE/names/PATH%OF%FOLDER  lines "INODE-BIRTH d|f NAME": what one directory holds
//   IMAGE/fail                  while it is there, every sync of a file fails with EIO, and is not done
//   IMAGE/slow                  while it is there, every sync takes so many milliseconds more
//
// As a program, "forgetful ROOT IMAGE SEED", it makes the folder what a power loss leaves of it. What was promised is
// there. What was not is there or not, as the seed says: unsynced bytes are cut off, or written in part, or in no order,
// so that pages of zeros stand before pages that were written; names that were made, changed or removed since the last
// sync of their directory are as before, or as after.
//
// It relies on files that only grow, as those of a log-structured store do, and ends with code 3 where a log, a sorted
// file or a manifest does not; of other files that were written over, what was promised is left.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, BLOCK = 1 << 16, KEY = 64 };

static const char *root;
static const char *image;

static void fatal(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("forgetful: ", stderr);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, " (%s)\n", strerror(errno));
    va_end(arguments);
    _exit(3);
}

static void path_of(char *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(out, PATH_MAX, format, arguments) >= PATH_MAX) {
        fatal("a path is too long: %s", out);
    }
    va_end(arguments);
}

// Names one file for as long as it lives.
static int key_of(int at, const char *name, int flags, char *key, int *is_directory, long *size) {
    struct statx st;
    if (statx(at, name, flags | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &st) != 0) {
        return -1;
    }
    if (!(st.stx_mask & STATX_BTIME)) {
        fatal("the file system of %s does not know when a file was made", root);
    }
    snprintf(key, KEY, "%llu-%lld.%09u", (unsigned long long)st.stx_ino, (long long)st.stx_btime.tv_sec,
            st.stx_btime.tv_nsec);
    if (is_directory) {
        *is_directory = S_ISDIR(st.stx_mode);
    }
    if (size) {
        *size = (long)st.stx_size;
    }
    return 0;
}

static void make_directory(const char *path) {
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        fatal("cannot make %s", path);
    }
}

// Copies bytes from one file to the same place in another. Only one thread at a time.
static void copy(int from, int to, long begin, long end) {
    static char buffer[BLOCK];
    while (begin < end) {
        ssize_t n = pread(from, buffer, end - begin < BLOCK ? end - begin : BLOCK, begin);
        if (n <= 0) {
            fatal("cannot read what is to be promised");
        }
        if (pwrite(to, buffer, n, begin) != n) {
            fatal("cannot write to %s", image);
        }
        begin += n;
    }
}

// Where the names of a directory are kept; "" is the root itself.
static void names_path(char *out, const char *relative) {
    char flat[PATH_MAX];
    snprintf(flat, sizeof flat, "%s", relative);
    for (char *c = flat; *c; c++) {
        if (*c == '/') {
            *c = '%';
        }
    }
    path_of(out, "%s/names/%s%%", image, flat);
}

// ---------------------------------------------------------------------------------------------- promising

static void promise_file(int fd) {
    char key[KEY], path[PATH_MAX];
    long size;
    if (key_of(fd, "", AT_EMPTY_PATH, key, NULL, &size) != 0) {
        fatal("cannot look at a file that is synced");
    }
    path_of(path, "%s/files/%s", image, key);
    int to = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    struct stat st;
    if (to < 0 || fstat(to, &st) != 0) {
        fatal("cannot write %s", path);
    }
    // Either a file that only grows, or a small one that is written anew as a whole.
    if (st.st_size > size && ftruncate(to, st.st_size = 0) != 0) {
        fatal("cannot write %s", path);
    }
    // The descriptor that is synced may be for writing only.
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    int from = open(self, O_RDONLY | O_CLOEXEC);
    if (from < 0) {
        fatal("cannot read a file that is synced");
    }
    copy(from, to, st.st_size, size);
    close(from);
    close(to);
}

static void promise_names(const char *relative) {
    char folder[PATH_MAX], path[PATH_MAX], fresh[PATH_MAX];
    path_of(folder, "%s/%s", root, relative);
    names_path(path, relative);
    path_of(fresh, "%s.new", path);
    DIR *directory = opendir(folder);
    FILE *out = fopen(fresh, "we");
    if (!directory || !out) {
        fatal("cannot write the names of %s", folder);
    }
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        char key[KEY];
        int is_directory;
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")
                && key_of(dirfd(directory), entry->d_name, 0, key, &is_directory, NULL) == 0) {
            fprintf(out, "%s %c %s\n", key, is_directory ? 'd' : 'f', entry->d_name);
        }
    }
    closedir(directory);
    if (fclose(out) != 0 || rename(fresh, path) != 0) {
        fatal("cannot write %s", path);
    }
}

static int has(const char *what, char *text, int length) {
    char path[PATH_MAX];
    path_of(path, "%s/%s", image, what);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t n = read(fd, text, length - 1);
    text[n > 0 ? n : 0] = 0;
    close(fd);
    return 1;
}

static int sync_and_promise(int fd, int (*real)(int)) {
    char self[64], path[PATH_MAX], text[32];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    ssize_t n = root ? readlink(self, path, sizeof path - 1) : -1;
    size_t length = root ? strlen(root) : 0;
    if (n < 0 || strncmp(path, root, length) != 0 || (n > (ssize_t)length && path[length] != '/')) {
        return real(fd);
    }
    path[n] = 0;
    struct stat st;
    int is_directory = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
    if (has("slow", text, sizeof text)) {
        usleep(atoi(text) * 1000);
    }
    if (!is_directory && has("fail", text, sizeof text)) {
        errno = EIO;
        return -1;
    }
    if (real(fd) != 0) {
        return -1;
    }
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&one_at_a_time);
    if (is_directory) {
        promise_names((size_t)n > length ? path + length + 1 : "");
    } else {
        promise_file(fd);
    }
    pthread_mutex_unlock(&one_at_a_time);
    return 0;
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) {
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    }
    return sync_and_promise(fd, real);
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) {
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    }
    return sync_and_promise(fd, real);
}

// Everything that is there when a process begins has survived already.
static void promise_all(const char *relative) {
    char folder[PATH_MAX];
    path_of(folder, "%s/%s", root, relative);
    promise_names(relative);
    DIR *directory = opendir(folder);
    if (!directory) {
        fatal("cannot read %s", folder);
    }
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        char next[PATH_MAX];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) {
            continue;
        }
        path_of(next, "%s%s%s", relative, *relative ? "/" : "", entry->d_name);
        struct stat st;
        if (fstatat(dirfd(directory), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        if (S_ISDIR(st.st_mode)) {
            promise_all(next);
        } else if (S_ISREG(st.st_mode)) {
            int fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
            if (fd < 0) {
                fatal("cannot read %s/%s", root, next);
            }
            promise_file(fd);
            close(fd);
        }
    }
    closedir(directory);
}

static void remove_all(const char *path) {
    DIR *directory = opendir(path);
    if (!directory) {
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        char next[PATH_MAX];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) {
            continue;
        }
        path_of(next, "%s/%s", path, entry->d_name);
        if (unlink(next) != 0) {
            remove_all(next);
            rmdir(next);
        }
    }
    closedir(directory);
}

static void begin(void) {
    char path[PATH_MAX];
    make_directory(image);
    path_of(path, "%s/files", image);
    make_directory(path);
    remove_all(path);
    path_of(path, "%s/names", image);
    make_directory(path);
    remove_all(path);
    make_directory(root);
    promise_all("");
}

// Only in the JVM: the scripts that start it, and what it starts, keep nothing.
__attribute__((constructor)) static void loaded(void) {
    char exe[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    const char *named = getenv("FORGETFUL_ROOT");
    if (n > 5 && named && strncmp(exe + n - 5, "/java", 5) == 0) {
        image = getenv("FORGETFUL_IMAGE");
        root = named;
        begin();
        unsetenv("LD_PRELOAD");
    }
}

// ---------------------------------------------------------------------------------------------- forgetting

#ifdef PROGRAM
static unsigned long long state;
static long cut_bytes, kept_bytes, zeroed_bytes, undone_names;

static unsigned random_below(unsigned bound) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)((state >> 33) % bound);
}

static int only_grows(const char *path) {
    const char *name = strrchr(path, '/') + 1;
    const char *ending = strrchr(name, '.');
    return strncmp(name, "MANIFEST", 8) == 0 || (ending && (!strcmp(ending, ".log") || !strcmp(ending, ".sst")));
}

// Writes one file as the power loss leaves it: what was promised, and of the rest what the disk happened to have.
static void restore_file(const char *key, const char *now, const char *to_path) {
    char promised[PATH_MAX];
    path_of(promised, "%s/files/%s", image, key);
    int from = open(promised, O_RDONLY);
    int to = open(to_path, O_RDWR | O_CREAT | O_EXCL, 0666);
    if (to < 0) {
        fatal("cannot make %s", to_path);
    }
    struct stat st = {0};
    if (from >= 0) {
        fstat(from, &st);
        copy(from, to, 0, st.st_size);
    }
    long durable = st.st_size;
    int rest = now ? open(now, O_RDONLY) : -1;
    if (rest >= 0) {
        fstat(rest, &st);
        long size = st.st_size;
        static char one[BLOCK], other[BLOCK];
        int same = size >= durable;
        for (long at = 0; same && at < durable; at += BLOCK) {
            ssize_t n = pread(rest, one, BLOCK, at), m = pread(from, other, BLOCK, at);
            same = n >= m && memcmp(one, other, m) == 0;
        }
        if (!same && only_grows(now)) {
            errno = 0;
            fatal("what was synced of %s was written over", now);
        }
        unsigned fate = random_below(4);
        long keep = size - durable;
        if (!same) {
            keep = 0;
        } else if (fate == 0) {
            keep = 0;
        } else if (fate == 1 && keep > 0) {
            keep = random_below((unsigned)(keep < INT_MAX ? keep : INT_MAX) + 1);
        }
        copy(rest, to, durable, durable + keep);
        cut_bytes += same ? size - durable - keep : 0;
        kept_bytes += keep;
        // Pages reach the disk in any order; the one that was synced in part stays.
        for (long page = (durable + PAGE - 1) / PAGE * PAGE; fate == 2 && page < durable + keep; page += PAGE) {
            long end = page + PAGE < durable + keep ? page + PAGE : durable + keep;
            if (random_below(3) == 0) {
                static const char zeros[PAGE];
                if (pwrite(to, zeros, end - page, page) != end - page) {
                    fatal("cannot write %s", to_path);
                }
                zeroed_bytes += end - page;
            }
        }
        close(rest);
    }
    if (from >= 0) {
        close(from);
    }
    close(to);
}

// Finds a file of this key in the folder that was.
static int find(const char *folder, const char *key, char *found) {
    DIR *directory = opendir(folder);
    struct dirent *entry;
    int is = 0;
    while (!is && directory && (entry = readdir(directory))) {
        char other[KEY];
        int is_directory;
        if (strcmp(entry->d_name, "..") && strcmp(entry->d_name, ".")
                && key_of(dirfd(directory), entry->d_name, 0, other, &is_directory, NULL) == 0) {
            path_of(found, "%s/%s", folder, entry->d_name);
            is = is_directory ? 0 : strcmp(other, key) == 0;
        }
    }
    if (directory) {
        closedir(directory);
    }
    return is;
}

static void restore_folder(const char *relative, const char *was, const char *to) {
    char names[PATH_MAX], line[PATH_MAX], folder_now[PATH_MAX];
    make_directory(to);
    path_of(folder_now, "%s/%s", was, relative);
    names_path(names, relative);
    // What has happened to the names since their last sync has reached the disk, or it has not.
    const char *kept_root = root;
    char before[PATH_MAX];
    path_of(before, "%s.before", names);
    int lucky = random_below(2);
    if (rename(names, before) != 0 && !lucky) {
        return; // a directory that was never synced: empty
    }
    if (lucky) {
        root = was;
        promise_names(relative);
        root = kept_root;
    } else if (rename(before, names) != 0) {
        fatal("cannot read %s", names);
    }
    FILE *in = fopen(names, "re");
    while (in && fgets(line, sizeof line, in)) {
        char key[KEY], kind, name[NAME_MAX + 1], now[PATH_MAX], next[PATH_MAX], target[PATH_MAX];
        if (sscanf(line, "%63s %c %255[^\n]", key, &kind, name) != 3) {
            fatal("cannot read the line %s", line);
        }
        path_of(next, "%s%s%s", relative, *relative ? "/" : "", name);
        path_of(target, "%s/%s", to, name);
        path_of(now, "%s/%s", folder_now, name);
        char current[KEY];
        int same = key_of(AT_FDCWD, now, 0, current, NULL, NULL) == 0 && strcmp(current, key) == 0;
        if (!same) {
            undone_names++;
        }
        if (kind == 'd') {
            restore_folder(next, was, target);
        } else {
            restore_file(key, same || find(folder_now, key, now) ? now : NULL, target);
        }
    }
    if (in) {
        fclose(in);
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fputs("usage: forgetful ROOT IMAGE SEED\n", stderr);
        return 2;
    }
    root = argv[1];
    image = argv[2];
    state = strtoull(argv[3], NULL, 10);
    char was[PATH_MAX];
    path_of(was, "%s.was", root);
    remove_all(was);
    rmdir(was);
    if (rename(root, was) != 0) {
        fatal("cannot put %s aside", root);
    }
    restore_folder("", was, root);
    printf("%ld bytes cut off, %ld kept of which %ld are zeros, %ld names undone\n", cut_bytes, kept_bytes,
            zeroed_bytes, undone_names);
    return 0;
}
#endif
