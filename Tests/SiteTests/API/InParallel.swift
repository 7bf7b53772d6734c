import Foundation
import Synchronization
import TestSupport

/// Runs `body` on `count` threads at once, and rethrows what one of them threw.
func inParallel(_ count: Int, _ body: @escaping @Sendable () throws -> Void) throws {
    let left = Atomic<Int>(count)
    let failure = Mutex<(any Error)?>(nil)
    let start = NSCondition()
    let isOpen = Mutex(false)
    for _ in 0..<count {
        Thread.detachNewThread {
            start.lock()
            while !isOpen.withLock({ $0 }) { start.wait() }
            start.unlock()
            do { try body() } catch { failure.withLock { $0 = error } }
            left.subtract(1, ordering: .sequentiallyConsistent)
        }
    }
    start.lock()
    isOpen.withLock { $0 = true }
    start.broadcast()
    start.unlock()
    try waitUntil("all threads are done", seconds: 60) { left.load(ordering: .sequentiallyConsistent) == 0 }
    if let error = failure.withLock({ $0 }) { throw error }
}

/// How often each number came, over threads.
final class Counts: Sendable {
    private let state = Mutex<[Int: Int]>([:])
    func add(_ number: Int) { state.withLock { $0[number, default: 0] += 1 } }
    var all: [Int: Int] { state.withLock { $0 } }
}
