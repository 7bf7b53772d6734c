// Linux calls that glibc offers only as macros, variadics or not at all.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/resource.h>
#include <linux/futex.h>
#include <signal.h>
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
