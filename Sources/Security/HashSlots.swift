internal import Base
internal import Glibc
internal import Synchronization

/// At most `Limits.passwordHashesAtOnceMax` password hashes at once on this machine, whatever the number of
/// processes: 19 MiB and 50 ms of a core each would otherwise let a log-in flood starve every page.
///
/// Each slot is a lock file in a folder that all processes share; the kernel drops a lock when its process dies.
/// Those who wait are few and wait briefly, everybody else is refused at once.
public final class HashSlots: Sendable {
    /// Every slot is taken and the queue is full, or waiting took too long.
    public struct Busy: Error, Sendable, Hashable { public init() {} }

    /// Threads of one process that may wait; the next is refused at once.
    static let waitingMax = 1
    /// Longest wait. A waiter that gives up has held its request thread this long.
    static let waitMilliseconds: Int64 = 1_000

    private let paths: [String]
    private let waiting = Mutex(0)

    /// `folder` exists and is writable for every process that hashes.
    public init(folder: String) {
        paths = (0..<Limits.passwordHashesAtOnceMax).map { "\(folder)/password-hash-\($0).lock" }
    }

    /// Runs `body` while holding a slot.
    public func withSlot<R>(_ body: () throws -> R) throws -> R {
        let slot = try acquire()
        defer { _ = close(slot) }
        return try body()
    }

    private func acquire() throws -> Int32 {
        if let slot = tryOnce() { return slot }
        let mayWait = waiting.withLock { count in
            guard count < HashSlots.waitingMax else { return false }
            count += 1
            return true
        }
        guard mayWait else { throw Busy() }
        defer { waiting.withLock { $0 -= 1 } }
        let deadline = SystemClock.monotonicNanoseconds() + HashSlots.waitMilliseconds * 1_000_000
        while SystemClock.monotonicNanoseconds() < deadline {
            _ = usleep(2_000)
            if let slot = tryOnce() { return slot }
        }
        throw Busy()
    }

    /// A locked descriptor, or nil. `flock` locks belong to the open file, so threads exclude one another too.
    private func tryOnce() -> Int32? {
        for path in paths {
            let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o660)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
            _ = close(descriptor)
        }
        return nil
    }
}
