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

        var throttle: ThrottleBucket {
            switch self {
            case .address(let address): .mail(address.text, act: "mail")
            case .network(let network): .network(network, act: "mail")
            case .member(let member): .member(member, act: "mail")
            }
        }
    }

    private static let windowSeconds = 3_600

    /// False when there were too many within the hour; else it is counted.
    static func allows(_ bucket: Bucket, at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        try ThrottleTable.take(bucket.throttle, max: bucket.hourlyMax, windowSeconds: windowSeconds, at: now, in: tx)
    }

    /// Refuses with 429 when there were too many. Whether the address has an account plays no part.
    static func check(_ bucket: Bucket, at now: Instant, in tx: borrowing Transaction) throws {
        guard try !allows(bucket, at: now, in: tx) else { return }
        let seconds = try ThrottleTable.secondsToWait(
            bucket.throttle, max: bucket.hourlyMax, windowSeconds: windowSeconds, at: now, in: tx)
        throw Problem(
            status: 429, title: "Enough mail for now",
            detail: "We wrote several mails for this in the last hour. Look for them in your mailbox, also among the junk. "
                + "You can ask for another one in \((seconds + 59) / 60) minutes.", retryAfterSeconds: seconds)
    }
}
