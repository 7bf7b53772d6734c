internal import Base
internal import Glibc

/// A condition did not come true in time.
public struct DeadlineError: Error, CustomStringConvertible {
    public let description: String
    public init(description: String) { self.description = description }
}

/// Asks `condition` every few milliseconds until it is true. The only way tests wait: for an event, never for a time.
/// Gives back the seconds it took; throws `DeadlineError` naming `what` when `seconds` have passed.
@discardableResult
public func waitUntil(_ what: String, seconds: Double, _ condition: () throws -> Bool) throws -> Double {
    let start = SystemClock.monotonicNanoseconds()
    while true {
        if try condition() { return Double(SystemClock.monotonicNanoseconds() - start) / 1e9 }
        let elapsed = Double(SystemClock.monotonicNanoseconds() - start) / 1e9
        guard elapsed < seconds else { throw DeadlineError(description: "Not within \(seconds) s: \(what)") }
        usleep(5_000)
    }
}
