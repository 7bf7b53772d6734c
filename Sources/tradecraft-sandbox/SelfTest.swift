internal import CLinux
internal import CSeccomp
internal import Glibc

/// `tradecraft-sandbox --self-test`: locks itself down as for a script, then tries what a script's author would want,
/// and writes one line an attempt: its name and the error it met, `allowed` when it met none.
enum SelfTest {
    static func run() {
        for (name, attempt) in attempts {
            errno = 0
            let result = attempt()
            let outcome = result >= 0 ? "allowed" : errorName(errno)
            print(name, outcome)
        }
    }

    private static func errorName(_ number: Int32) -> String {
        switch number {
        case EPERM: "EPERM"
        case ENOSYS: "ENOSYS"
        case ENOENT: "ENOENT"
        case EACCES: "EACCES"
        default: String(number)
        }
    }

    private static var attempts: [(name: String, attempt: () -> Int)] { [
        ("open", { unsafe Int(open("/etc/passwd", O_RDONLY)) }),
        ("create", { unsafe Int(creat("/tmp/tradecraft-sandbox-was-here", 0o600)) }),
        ("socket", { Int(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)) }),
        ("unix-socket", { Int(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)) }),
        ("connect", {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(80).bigEndian
            return unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Int(connect(0, $0, socklen_t(MemoryLayout<sockaddr_in>.size)))
                }
            }
        }),
        ("execve", {
            var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
            return unsafe Int(execve("/bin/true", &arguments, &arguments))
        }),
        ("fork", { Int(tc_try_fork()) }),
        ("kill-parent", { Int(kill(getppid(), 0)) }),
        ("ptrace", { Int(tc_try_ptrace()) }),
        ("set-user", { Int(setuid(0)) }),
        ("memfd", { unsafe Int(tc_memfd_create("x", 0)) }),
    ] }
}
