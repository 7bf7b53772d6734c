internal import Base
internal import Synchronization

/// Lets one caller per interval ring, whichever thread it is on.
final class WakeUpThrottle: Sendable {
    private let interval: Int64
    private let lastRing = Atomic<Int64>(.min)

    init(intervalMilliseconds: Int64) { interval = intervalMilliseconds * 1_000_000 }

    /// True when the interval has passed since the last true.
    func mayRing() -> Bool {
        let now = SystemClock.monotonicNanoseconds()
        let last = lastRing.load(ordering: .relaxed)
        guard last == .min || now - last >= interval else { return false }
        return lastRing.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
    }
}
