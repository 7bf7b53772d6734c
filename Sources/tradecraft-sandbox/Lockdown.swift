internal import CLinux
internal import CSeccomp
internal import Glibc

/// How the sandbox gives up what it could do. Order matters: limits first, then the root directory, the user, and last
/// the filter that would forbid all of these.
enum Lockdown {
    /// What could not be given up; the sandbox runs no script then.
    struct Refused: Error { let step: String }

    /// Nobody's number on Debian.
    private static let unprivilegedUser: uid_t = 65_534

    /// Limits of the kernel on the whole process: what it has mapped now, with JavaScriptCore's reservations of several
    /// gigabytes, and `moreBytes`. The number of processes stays as it is, because it counts all threads of the
    /// user and the filter forbids new processes anyway.
    static func limitResources(moreBytes: UInt64, cpuSeconds: UInt64) throws(Refused) {
        guard let mapped = mappedBytes() else { throw Refused(step: "limits") }
        let limits: [(String, Int32, UInt64)] = [
            ("core", Int32(RLIMIT_CORE.rawValue), 0), ("fsize", Int32(RLIMIT_FSIZE.rawValue), 0),
            ("nofile", Int32(RLIMIT_NOFILE.rawValue), 64),
            ("as", Int32(RLIMIT_AS.rawValue), mapped.all + moreBytes),
            ("data", Int32(RLIMIT_DATA.rawValue), mapped.data + moreBytes),
            ("cpu", Int32(RLIMIT_CPU.rawValue), cpuSeconds),
        ]
        for (name, resource, value) in limits where tc_limit(0, resource, value) != 0 {
            throw Refused(step: "limit " + name)
        }
    }

    /// Leaves the file system and the user behind, then loads the filter. As root: an empty, deleted directory
    /// becomes the root, and the process becomes nobody.
    static func complete(parent: pid_t?) throws(Refused) {
        if geteuid() == 0 {
            try leaveFileSystem()
            guard tc_become(unprivilegedUser, unprivilegedUser) == 0 else { throw Refused(step: "user") }
        }
        // After the change of user, which clears it. A parent that died before is noticed by its number.
        guard tc_die_with_parent() == 0 else { throw Refused(step: "parent") }
        if let parent, getppid() != parent { throw Refused(step: "parent") }
        guard tc_not_dumpable() == 0, tc_no_new_privileges() == 0 else { throw Refused(step: "privileges") }
        try loadFilter()
    }

    private static func leaveFileSystem() throws(Refused) {
        var template = Array("/tmp/tradecraft-sandbox-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw Refused(step: "empty directory") }
        // The directory lives on, empty and nameless, as long as a process is in it.
        guard unsafe chdir(template) == 0, unsafe rmdir(template) == 0, unsafe chroot(".") == 0, unsafe chdir("/") == 0 else {
            throw Refused(step: "root directory")
        }
    }

    /// Address space of this process and the part that is private and writable (proc(5), `statm`).
    private static func mappedBytes() -> (all: UInt64, data: UInt64)? {
        let descriptor = unsafe open("/proc/self/statm", O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = unsafe read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let pages = buffer[..<count].split(separator: UInt8(ascii: " ")).map { UInt64(String(decoding: $0, as: UTF8.self)) }
        guard pages.count > 5, let all = pages[0], let data = pages[5] else { return nil }
        let pageBytes = UInt64(sysconf(Int32(_SC_PAGESIZE)))
        return (all * pageBytes, data * pageBytes)
    }

    /// What JavaScriptCore's threads, collector and compilers need once they are warm. Descriptors can be used, not
    /// made; everything else answers EPERM.
    ///
    /// A call missing here need not show at once: without `rt_sigsuspend` the collector read the stack of a thread that
    /// was still running, and crashed one run in some hundreds.
    private static let allowed = [
        "read", "pread64", "write", "close", "poll", "ppoll", "fstat", "newfstatat",
        "mmap", "munmap", "mprotect", "madvise", "mremap", "brk",
        "futex", "sched_yield", "sched_getaffinity", "set_robust_list", "rseq", "membarrier", "get_robust_list",
        "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
        "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack",
        "restart_syscall",
        "getpid", "gettid", "getppid", "getuid", "geteuid", "getrusage", "getrandom", "eventfd2",
        "exit", "exit_group",
    ]

    private static func loadFilter() throws(Refused) {
        guard let filter = unsafe tc_filter_new() else { throw Refused(step: "filter") }
        defer { unsafe seccomp_release(filter) }
        for name in allowed {
            let call = unsafe tc_filter_name(name)
            // Numbers this architecture does not have are negative and need no rule.
            if call >= 0, unsafe tc_filter_allow(filter, call) != 0 { throw Refused(step: "filter rule " + name) }
        }
        // Signals only to threads of this process (the collector stops them so), names only for threads.
        let own = UInt(getpid())
        guard unsafe tc_filter_allow_if_equal(filter, tc_filter_name("tgkill"), 0, own) == 0,
              unsafe tc_filter_allow_if_equal(filter, tc_filter_name("prctl"), 0, UInt(PR_SET_NAME)) == 0,
              unsafe tc_filter_allow_threads(filter) == 0, unsafe tc_filter_all_threads(filter) == 0,
              unsafe seccomp_load(filter) == 0
        else { throw Refused(step: "filter") }
    }
}
