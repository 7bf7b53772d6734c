internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// How many letters people can have us write: to one address, from one network, about one account.
enum MailThrottle {
    enum Bucket {
        case address(EmailAddress)
        case network(String)
        case member(ID<Member>)

        /// Letters an hour.
        var hourlyMax: Int {
            switch self {
            case .address: 5
            case .network: 30
            case .member: 10
            }
        }

        var digest: Digest {
            switch self {
            case .address(let address): Digest.of("mail to \(address)")
            case .network(let network): Digest.of("mail from \(MailThrottle.network(network))")
            case .member(let member): Digest.of("mail of \(member)")
            }
        }
    }

    private static let windowSeconds = 3_600

    /// False when there were too many within the hour; else it is counted.
    static func allows(_ bucket: Bucket, at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        try MailThrottleTable.take(bucket.digest, max: bucket.hourlyMax, windowSeconds: windowSeconds, at: now, in: tx)
    }

    /// Refuses with 429 when there were too many. Whether the address has an account plays no part.
    static func check(_ bucket: Bucket, at now: Instant, in tx: borrowing Transaction) throws {
        guard try allows(bucket, at: now, in: tx) else {
            throw Problem(
                status: 429, title: "Enough mail for now",
                detail: "We wrote several mails for this in the last hour. Look for them in your mailbox, also among the junk. "
                    + "You can ask for another one in an hour.", retryAfterSeconds: windowSeconds)
        }
    }

    /// An IPv4 address, or the /64 of an IPv6 one, which one household has as a whole.
    static func network(_ address: String) -> String {
        guard address.contains(":") else { return address }
        let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        var groups = halves[0].split(separator: ":").map(String.init)
        if halves.count == 2 {
            let rest = halves[1].split(separator: ":").map(String.init)
            groups += Array(repeating: "0", count: max(0, 8 - groups.count - rest.count)) + rest
        }
        return groups.prefix(4).joined(separator: ":")
    }
}
