public import Base
internal import HTTP

/// How many requests to the API may come in a minute, by token, account and network. What docs/api.md promises; an operator
/// may set others.
public struct RequestLimits: Sendable, Hashable {
    public var perToken: Int
    public var perAccount: Int
    public var perNetwork: Int

    /// Each 1 or more, requests per minute.
    public init(
        perToken: Int = Limits.tokenRequestsPerMinuteMax, perAccount: Int = Limits.accountRequestsPerMinuteMax,
        perNetwork: Int = Limits.networkRequestsPerMinuteMax
    ) {
        self.perToken = perToken
        self.perAccount = perAccount
        self.perNetwork = perNetwork
    }
}

/// What a request may still do in the current minute, one share for each thing it counts for.
struct RequestAllowance: Sendable, Hashable {
    struct Share: Sendable, Hashable {
        /// `token`, `account` or `network`.
        let name: String
        let limit: Int
        /// Requests in this minute, this one included.
        let used: Int
        var left: Int { max(0, limit - used) }
        var isExceeded: Bool { used > limit }
    }

    let shares: [Share]
    /// Until the minute ends, 1 or more.
    let secondsLeft: Int

    var isExceeded: Bool { shares.contains(where: \.isExceeded) }

    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers): lists of structured items, where `q` is
    /// requests in a window of `w` seconds, `r` what is left of them and `t` seconds until the window ends.
    func write(to headers: inout Headers, isShared: Bool) {
        headers.set("ratelimit-policy", shares.map { "\"\($0.name)\";q=\($0.limit);w=60" }.joined(separator: ", "))
        // An answer that nginx keeps for everybody says nothing of the one who happened to ask first.
        guard !isShared else { return }
        headers.set("ratelimit", shares.map { "\"\($0.name)\";r=\($0.left);t=\(secondsLeft)" }.joined(separator: ", "))
    }

    /// The refusal of a request that was one too many.
    var problem: Problem {
        let names = shares.filter(\.isExceeded).map { "your \($0.name) may send \($0.limit) requests a minute" }
        return Problem(
            status: 429, detail: "You are too fast: \(names.joined(separator: ", ")). Wait \(secondsLeft) s, then go on.",
            type: "/docs/api#rate-limits", retryAfterSeconds: secondsLeft)
    }
}
