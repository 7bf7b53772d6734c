internal import Glibc

/// Why a worker cannot listen.
public enum ListenError: Error, Sendable, Hashable, CustomStringConvertible {
    case pathTooLong(String)
    case inUse(String)
    case unknownGroup(String)
    /// A system call and its errno.
    case system(call: String, errno: Int32, path: String)

    public var description: String {
        switch self {
        case .pathTooLong(let path): "the socket path \(path) is longer than 107 bytes"
        case .inUse(let path): "another process listens on \(path)"
        case .unknownGroup(let name): "there is no group \(name)"
        case .system(let call, let code, let path): "\(call) on \(path) failed with errno \(code)"
        }
    }
}

/// A unix socket that only its owner and one group can connect to: mode 0660. libfcgi trusts whoever connects (one
/// malformed record ends the process), so the group is nginx's alone.
public final class ListeningSocket: Sendable {
    let descriptor: Int32
    private let path: String
    private static let backlog: Int32 = 511

    /// Replaces a socket that a dead process left; refuses one that somebody listens on. `group` is a name, or nil to
    /// keep the process's own.
    public init(path: String, group: String?) throws(ListenError) {
        self.path = path
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count < 108 else { throw .pathTooLong(path) }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        if ListeningSocket.isAlive(address) { throw .inUse(path) }
        _ = unsafe unlink(path)
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno, path: path) }
        // The mode is right from the first moment: nobody slips in between bind and chmod.
        let oldMask = umask(0o117)
        let bound = unsafe ListeningSocket.withAddress(&address) { unsafe bind(descriptor, $0, $1) }
        let bindError = errno
        umask(oldMask)
        guard bound == 0 else { throw .system(call: "bind", errno: bindError, path: path) }
        if let group {
            guard let entry = unsafe getgrnam(group) else { throw .unknownGroup(group) }
            guard unsafe chown(path, uid_t.max, entry.pointee.gr_gid) == 0 else { throw .system(call: "chown", errno: errno, path: path) }
        }
        guard listen(descriptor, ListeningSocket.backlog) == 0 else { throw .system(call: "listen", errno: errno, path: path) }
    }

    /// From now on nobody can connect. Connections that the kernel already took can still be accepted; after them
    /// `accept` fails with EINVAL on every thread.
    func stopListening() {
        _ = unsafe unlink(path)
        _ = shutdown(descriptor, Int32(SHUT_RD))
    }

    private static func isAlive(_ address: sockaddr_un) -> Bool {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { _ = close(probe) }
        var copy = address
        let result = unsafe withAddress(&copy) { unsafe connect(probe, $0, $1) }
        // EAGAIN: its queue is full, so it lives.
        return result == 0 || errno == EAGAIN
    }

    private static func withAddress<R>(_ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
