import Synchronization

/// Counts what threads did.
final class Counter: Sendable {
    private let state = Mutex((total: 0, finished: 0))
    func add(_ number: Int) { state.withLock { $0.total += number } }
    func done() { state.withLock { $0.finished += 1 } }
    var total: Int { state.withLock { $0.total } }
    var finished: Int { state.withLock { $0.finished } }
}
