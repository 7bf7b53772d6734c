// Linux calls that glibc offers only as macros, variadics or not at all.
#pragma once
// Without _GNU_SOURCE, as Swift's own Glibc module is built: with it, their definitions of the same types differ.
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/resource.h>
#include <linux/futex.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline int tc_memfd_create(const char *name, unsigned flags) { return (int)syscall(SYS_memfd_create, name, flags); }
// Sleeps while *word == expected, at most `milliseconds`. 0 when woken, else errno.
static inline int tc_futex_wait(const void *word, unsigned expected, long milliseconds) {
    struct timespec t = { milliseconds / 1000, (milliseconds % 1000) * 1000000L };
    return syscall(SYS_futex, word, FUTEX_WAIT, expected, &t, 0, 0) == 0 ? 0 : errno;
}
static inline int tc_futex_wake(const void *word) { return (int)syscall(SYS_futex, word, FUTEX_WAKE, 1, 0, 0, 0); }
// The child dies with the parent that started it.
static inline int tc_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }
static inline int tc_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
static inline int tc_not_dumpable(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// Words in memory that two processes share. Acquire and release order everything written before the word.
static inline uint32_t tc_load_acquire(const void *word) { return __atomic_load_n((const uint32_t *)word, __ATOMIC_ACQUIRE); }
static inline void tc_store_release(void *word, uint32_t value) { __atomic_store_n((uint32_t *)word, value, __ATOMIC_RELEASE); }
// Tells the processor that this thread is spinning.
static inline void tc_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_SEAL_SEAL 0x0001
#define F_SEAL_SHRINK 0x0002
#define F_SEAL_GROW 0x0004
#define F_SEAL_WRITE 0x0008
#endif
// MFD_CLOEXEC | MFD_ALLOW_SEALING.
static inline int tc_sealable_memory(const char *name) { return tc_memfd_create(name, 0x0001u | 0x0002u); }
// F_ADD_SEALS: the size can never change again, and nobody can ever write or map it writable.
static inline int tc_seal_read_only(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0 ? 0 : errno;
}
static inline int tc_seal_size(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0 ? 0 : errno;
}
// Readable when the process ends; -1 and errno otherwise. Closed on exec.
static inline int tc_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }
// Processor time the process has used, all threads, in nanoseconds; -1 when it is gone.
static inline int64_t tc_process_cpu_nanoseconds(pid_t process) {
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &t) != 0) return -1;
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
static inline int64_t tc_monotonic_nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
// Hard and soft limit of a process (0: this one). 0, or the error number.
static inline int tc_limit(pid_t process, int resource, uint64_t value) {
    uint64_t limit[2] = { value, value };
    return syscall(SYS_prlimit64, process, resource, limit, 0) == 0 ? 0 : errno;
}
int setresuid(uid_t, uid_t, uid_t);
int setresgid(gid_t, gid_t, gid_t);
int setgroups(size_t, const gid_t *);
// Real, effective and saved user and group of all threads, no further groups. 0, or the error number.
static inline int tc_become(uid_t user, gid_t group) {
    return setgroups(0, 0) == 0 && setresgid(group, group, group) == 0 && setresuid(user, user, user) == 0 ? 0 : errno;
}
static inline int64_t tc_resident_bytes_max(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}
// Starts `path` with descriptor i set to descriptors[i] and every other one closed, no signal blocked or ignored, in a
// process group of its own. 0, or the error number. The program itself lowers its limits and privileges.
static inline int tc_spawn(pid_t *process, const char *path, char *const arguments[], char *const environment[],
                           const int *descriptors, int count) {
    enum { descriptorsMax = 8, firstFree = 64 };
    int moved[descriptorsMax];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    int failed = 0, opened = 0;
    if (count > descriptorsMax) return EINVAL;
    // Above every target number, so that no dup2 overwrites a source still needed.
    for (; opened < count; opened++) {
        moved[opened] = fcntl(descriptors[opened], F_DUPFD_CLOEXEC, firstFree);
        if (moved[opened] < 0) { failed = errno; break; }
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int i = 0; i < count && !failed; i++) failed = posix_spawn_file_actions_adddup2(&actions, moved[i], i);
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(&actions, count);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    if (!failed) failed = posix_spawn(process, path, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    for (int i = 0; i < opened; i++) close(moved[i]);
    return failed;
}
// Waits for the process if it has ended: 1 and its status and largest resident size in bytes, 0 when it still runs, -1.
static inline int tc_reap(pid_t process, int block, int *status, int64_t *residentBytesMax) {
    struct rusage usage;
    pid_t ended;
    do { ended = wait4(process, status, block ? 0 : WNOHANG, &usage); } while (ended < 0 && errno == EINTR);
    if (ended > 0) *residentBytesMax = (int64_t)usage.ru_maxrss * 1024;
    return ended > 0 ? 1 : (int)ended;
}
