internal import Glibc

/// Tells threads to end. Set once, never cleared; waiting on it is also how threads sleep.
///
/// A pipe whose byte is never read: readable means requested, for any number of waiters.
public final class StopSignal: Sendable {
    private let pipe: Pipe

    public init() { pipe = Pipe() }

    /// Asks for the end. From any thread, any number of times.
    public func request() { pipe.put() }

    /// The descriptor a signal handler may `write` one byte to instead of calling `request`.
    public var signalDescriptor: Int32 { pipe.writing }

    public var isRequested: Bool { wait(milliseconds: 0) }

    /// Sleeps until the end is asked for or `milliseconds` have passed; true when asked. A negative time is for ever.
    @discardableResult
    public func wait(milliseconds: Int) -> Bool { Pipe.waitForAny([pipe], milliseconds: milliseconds)[0] }

    /// Sleeps until the bell rings, the end is asked for, or the time is over. Takes one ring off the bell.
    func wait(for bell: Doorbell, milliseconds: Int) {
        if Pipe.waitForAny([pipe, bell.pipe], milliseconds: milliseconds)[1] { bell.pipe.takeOne() }
    }
}

/// Wakes one sleeping thread per ring.
final class Doorbell: Sendable {
    fileprivate let pipe = Pipe()

    func ring() { pipe.put() }
}

/// A non-blocking pipe of bytes that only count, closed with its owner.
private final class Pipe: Sendable {
    let reading: Int32
    let writing: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        // A socket pair, because its flags are set as it is made: no child inherits it.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let made = unsafe socketpair(AF_UNIX, kind, 0, &ends)
        precondition(made == 0, "Invariant: a process can open a socket pair when it starts its threads.")
        reading = ends[0]
        writing = ends[1]
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// A full pipe needs no further byte.
    func put() {
        var byte: UInt8 = 1
        _ = unsafe write(writing, &byte, 1)
    }

    func takeOne() {
        var byte: UInt8 = 0
        _ = unsafe read(reading, &byte, 1)
    }

    static func waitForAny(_ pipes: [Pipe], milliseconds: Int) -> [Bool] {
        var entries = pipes.map { pollfd(fd: $0.reading, events: Int16(POLLIN), revents: 0) }
        _ = unsafe poll(&entries, nfds_t(entries.count), Int32(clamping: milliseconds))
        return entries.map { $0.revents & Int16(POLLIN) != 0 }
    }
}
