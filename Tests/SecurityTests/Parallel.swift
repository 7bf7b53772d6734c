import Foundation
import Synchronization
import TestSupport

/// Runs `body` on `count` threads at once and gives back what each answered, in order.
func parallel<R: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> R) throws -> [R] {
    let results = ThreadResults<R>()
    for index in 0..<count {
        Thread.detachNewThread {
            // All wait for the last to be there, so that they collide.
            results.arrive()
            while results.arrived < count { sched_yield() }
            results.put(index, body(index))
        }
    }
    try waitUntil("every thread has answered", seconds: 30) { results.all.count == count }
    return results.all.sorted { $0.index < $1.index }.map(\.value)
}

private final class ThreadResults<R: Sendable>: Sendable {
    private let state = Mutex((arrived: 0, values: [(index: Int, value: R)]()))
    func arrive() { state.withLock { $0.arrived += 1 } }
    var arrived: Int { state.withLock { $0.arrived } }
    func put(_ index: Int, _ value: R) { state.withLock { $0.values.append((index, value)) } }
    var all: [(index: Int, value: R)] { state.withLock { $0.values } }
}
