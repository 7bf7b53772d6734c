internal import Base
internal import Marketplace
internal import Postgres
internal import Storage

/// How often one may try passwords, counted before any is hashed.
///
/// A browser that logged in to the account before has a count of its own: strangers cannot shut it out. Strangers are
/// counted by the account as typed and by their network. They are counted once more by the member they mean, whom two
/// names lead to; that count refuses silently, as a wrong password, since it would tell that both names are one account.
struct LogInThrottle {
    /// Too many tries: how long until the next may be.
    struct Refusal: Error { let seconds: Int }

    private static let act = "log-in"
    private static let windowSeconds = 3_600

    private struct Count {
        let bucket: ThrottleBucket
        let max: Int
    }

    private let counts: [Count]
    /// Nil for a known device.
    private let silent: Count?

    /// `member` is whom the name means, or made up when it means nobody, so that the same work is done.
    init(_ name: LogInName, network: String, member: ID<Member>, knownDevice: Digest?) {
        if let knownDevice {
            counts = [Count(bucket: .device(knownDevice, act: Self.act), max: Limits.logInTriesPerDeviceHourMax)]
            silent = nil
        } else {
            counts = [
                Count(bucket: .account(name.text, act: Self.act), max: Limits.logInTriesPerAccountHourMax),
                Count(bucket: .network(network, act: Self.act), max: Limits.logInTriesPerNetworkHourMax),
            ]
            silent = Count(bucket: .member(member, act: Self.act), max: Limits.logInTriesPerAccountHourMax)
        }
    }

    /// Counts one try, or throws `Refusal` and so, with the transaction, counts none. False when the try must not be
    /// weighed and is to be answered as a wrong password. Any scope.
    func take(at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        for count in counts where try !ThrottleTable.hasRoom(
            count.bucket, max: count.max, windowSeconds: Self.windowSeconds, at: now, in: tx) {
            throw try refusal(at: now, in: tx)
        }
        // The network comes last: its row is the one that many wait for, and each holds it until the commit.
        let isWeighed = try silent.map { try take($0, at: now, in: tx) } ?? true
        for count in counts where try !take(count, at: now, in: tx) { throw try refusal(at: now, in: tx) }
        return isWeighed
    }

    private func take(_ count: Count, at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        try ThrottleTable.take(count.bucket, max: count.max, windowSeconds: Self.windowSeconds, at: now, in: tx)
    }

    /// The try counted at `at` was no guess. Any scope. In the order of `take`: two requests never wait for one another.
    func giveBack(at: Instant, in tx: borrowing Transaction) throws {
        for count in [silent].compactMap({ $0 }) + counts { try ThrottleTable.giveBack(count.bucket, at: at, in: tx) }
    }

    private func refusal(at now: Instant, in tx: borrowing Transaction) throws -> Refusal {
        var seconds = 1
        for count in counts {
            seconds = Swift.max(seconds, try ThrottleTable.secondsToWait(
                count.bucket, max: count.max, windowSeconds: Self.windowSeconds, at: now, in: tx))
        }
        return Refusal(seconds: seconds)
    }
}
