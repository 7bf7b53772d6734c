internal import Base
internal import Postgres
internal import Storage

/// How often one may try to show who one is: counted before anything is checked, and given back when it was right.
///
/// Three codes of a million are right at any time (RFC 6238 with a window of three steps), so five tries in a quarter of an
/// hour and fifty a day leave a guesser one chance in 6 700 a day; NIST SP 800-63B (5.2.2) allows twice as many in all.
struct FactorThrottle {
    /// What is tried. Each is counted apart: who knows a password cannot shut its member out of proving in a session.
    enum Act: String, Sendable {
        case logIn = "factor"
        case proof
        /// The first code of a new app.
        case enrol
    }

    private struct Count {
        let bucket: ThrottleBucket
        let max: Int
        let windowSeconds: Int
    }

    private let counts: [Count]

    /// `knownDevice` is a browser from which the member logged in before: it has a count of its own, so that strangers
    /// cannot shut it out.
    init(_ act: Act, of member: ID<Member>, knownDevice: Digest? = nil) {
        func bucket(_ word: String) -> ThrottleBucket {
            let act = act.rawValue + word
            return knownDevice.map { .device($0, act: "\(act) \(member)") } ?? .member(member, act: act)
        }
        counts = [
            Count(bucket: bucket(""), max: 5, windowSeconds: 900),
            Count(bucket: bucket(" a day"), max: 50, windowSeconds: ThrottleTable.windowSecondsMax),
        ]
    }

    /// Counts one try and gives nil, or how many seconds to wait until the next. In a transaction that writes, any scope.
    func take(at now: Instant, in tx: borrowing Transaction) throws -> Int? {
        for count in counts where try !ThrottleTable.hasRoom(
            count.bucket, max: count.max, windowSeconds: count.windowSeconds, at: now, in: tx) {
            return try wait(at: now, in: tx)
        }
        for count in counts where try !ThrottleTable.take(
            count.bucket, max: count.max, windowSeconds: count.windowSeconds, at: now, in: tx) {
            return try wait(at: now, in: tx)
        }
        return nil
    }

    /// The try counted at `at` was right. Any scope.
    func giveBack(at: Instant, in tx: borrowing Transaction) throws {
        for count in counts { try ThrottleTable.giveBack(count.bucket, at: at, in: tx) }
    }

    private func wait(at now: Instant, in tx: borrowing Transaction) throws -> Int {
        var seconds = 1
        for count in counts {
            seconds = max(seconds, try ThrottleTable.secondsToWait(
                count.bucket, max: count.max, windowSeconds: count.windowSeconds, at: now, in: tx))
        }
        return seconds
    }
}
