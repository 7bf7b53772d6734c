internal import Foundation
internal import Synchronization

/// Runs `body` on `count` threads at once and waits for all of them.
public func inParallel(_ count: Int, seconds: Double = 60, _ body: @escaping @Sendable (Int) -> Void) throws {
    let done = Finished()
    for number in 0..<count {
        Thread.detachNewThread {
            body(number)
            done.count.withLock { $0 += 1 }
        }
    }
    try waitUntil("\(count) threads end", seconds: seconds) { done.count.withLock { $0 } == count }
}

private final class Finished: Sendable {
    let count = Mutex(0)
}
