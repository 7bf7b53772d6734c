// The only way the sandbox sees libseccomp.
#pragma once
#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/prctl.h>

// libseccomp's actions and comparisons are macros that Swift cannot import.
static inline scmp_filter_ctx tc_filter_new(void) { return seccomp_init(SCMP_ACT_ERRNO(EPERM)); }
static inline int tc_filter_name(const char *name) { return seccomp_syscall_resolve_name(name); }
static inline int tc_filter_allow(scmp_filter_ctx filter, int call) {
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
}
static inline int tc_filter_allow_if_equal(scmp_filter_ctx filter, int call, unsigned argument, unsigned long value) {
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                            SCMP_CMP(argument, SCMP_CMP_EQ, (scmp_datum_t)value));
}
// clone for threads only: without CLONE_THREAD it would be a fork.
static inline int tc_filter_allow_threads(scmp_filter_ctx filter) {
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    // The flags of clone3 lie in memory, where no filter can look: glibc falls back to clone when it is missing.
    return failed ? failed : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}
static inline int tc_filter_all_threads(scmp_filter_ctx filter) {
    return seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
}
// For the self-test, past glibc's wrappers and Swift's bans.
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <signal.h>
#include <unistd.h>
static inline int tc_try_fork(void) {
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return (int)child;
}
static inline int tc_try_ptrace(void) { return (int)ptrace(PTRACE_ATTACH, getppid(), 0, 0); }
