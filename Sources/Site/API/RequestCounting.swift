internal import Base
internal import HTTP
internal import Postgres
internal import Storage
internal import Synchronization

/// Counts requests to the API in the database, for all processes together, and remembers who is over a limit, so that a
/// flood costs neither a look-up nor a write.
///
/// Where the count fails the request goes on: the database that cannot count cannot serve it either, and a fault of the
/// count alone must not shut everybody out (docs/decisions/0015-idempotency-and-limits.md).
final class RequestCounting: Sendable {
    private struct State {
        /// The minute that `exceeded` is about.
        var window = Instant(milliseconds: 0)
        /// Buckets over their limit, with the share that says so.
        var exceeded: [Digest: RequestAllowance.Share] = [:]
    }

    /// More buckets over their limits in one minute than this are counted in the database alone.
    private static let rememberedMax = 10_000

    private let limits: RequestLimits
    private let state = Mutex(State())

    init(_ limits: RequestLimits) { self.limits = limits }

    private struct Bucket {
        let name: String
        let limit: Int
        let digest: Digest
    }

    /// What is known to be exceeded by the network that `request` comes from, before anything is looked up.
    func exceeded(_ request: Request, at now: Instant) -> RequestAllowance? { exceeded([network(request)], at: now) }

    /// Counts `request`. What its sender may still do, or has exceeded; nil where the count failed.
    func count(_ request: Request, of caller: Caller?, at now: Instant, on database: Database) -> RequestAllowance? {
        var buckets = [network(request)]
        if let caller {
            buckets.append(Bucket(
                name: "account", limit: limits.perAccount, digest: Digest.of("api account \(caller.member.member)")))
            if let token = caller.token {
                buckets.append(Bucket(name: "token", limit: limits.perToken, digest: Digest.of("api token \(token)")))
            }
        }
        if let known = exceeded(buckets, at: now) { return known }
        forgetOnceAMinute(now, database)
        let used: [Int]
        do {
            used = try database.transaction(.platform, .readWrite) {
                try RequestCountTable.count(buckets.map(\.digest), at: now, in: $0)
            }
        } catch {
            return nil
        }
        let shares = zip(buckets, used).map { RequestAllowance.Share(name: $0.name, limit: $0.limit, used: $1) }
        remember(zip(buckets, shares).filter { $1.isExceeded }.map { ($0.digest, $1) }, at: now)
        return allowance(shares, at: now)
    }

    private func network(_ request: Request) -> Bucket {
        Bucket(
            name: "network", limit: limits.perNetwork, digest: ThrottleBucket.network(request.remoteAddress, act: "api").digest)
    }

    private func allowance(_ shares: [RequestAllowance.Share], at now: Instant) -> RequestAllowance {
        let into = now.milliseconds - RequestCountTable.window(of: now).milliseconds
        let left = Int64(RequestCountTable.windowSeconds) * 1_000 - into
        // The share that is nearest to its end comes first.
        return RequestAllowance(shares: shares.sorted { ($0.left, $0.name) < ($1.left, $1.name) }, secondsLeft: Int((left + 999) / 1_000))
    }

    private func exceeded(_ buckets: [Bucket], at now: Instant) -> RequestAllowance? {
        let window = RequestCountTable.window(of: now)
        let known = state.withLock { state in
            state.window == window ? buckets.compactMap { state.exceeded[$0.digest] } : []
        }
        return known.isEmpty ? nil : allowance(known, at: now)
    }

    private func remember(_ exceeded: [(Digest, RequestAllowance.Share)], at now: Instant) {
        guard !exceeded.isEmpty else { return }
        let window = RequestCountTable.window(of: now)
        state.withLock { state in
            guard state.window == window, state.exceeded.count < Self.rememberedMax else { return }
            for (bucket, share) in exceeded { state.exceeded[bucket] = share }
        }
    }

    /// The first request of a minute in this process removes the counts of minutes that are over.
    private func forgetOnceAMinute(_ now: Instant, _ database: Database) {
        let window = RequestCountTable.window(of: now)
        let isFirst = state.withLock { state in
            guard state.window < window else { return false }
            state = State(window: window)
            return true
        }
        guard isFirst else { return }
        // What cannot be removed now is removed a minute later.
        _ = try? database.transaction(.platform, .readWrite) { try RequestCountTable.forget(before: now, in: $0) }
    }
}
