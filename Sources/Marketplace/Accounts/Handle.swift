/// The public name of a tenant: 3 to 30 of `a`–`z`, `0`–`9` and single hyphens between them. Stands in addresses as
/// `/@handle`.
public struct Handle: Sendable, Hashable, CustomStringConvertible {
    public let text: String
    public var description: String { text }

    /// Why a text is no handle.
    public enum Refusal: Error, Sendable, Hashable {
        case length
        case characters
        /// Digits alone would pass for a number.
        case onlyDigits
        case reserved
    }

    public static let charactersMin = 3
    public static let charactersMax = 30

    /// Takes upper case too and makes it lower: people type their handles that way.
    public init(_ typed: some StringProtocol) throws(Refusal) {
        let text = typed.lowercased()
        let bytes = Array(text.utf8)
        guard (Handle.charactersMin...Handle.charactersMax).contains(bytes.count) else { throw .length }
        var previous = UInt8(ascii: "-")
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "-") where previous != UInt8(ascii: "-"): break
            default: throw .characters
            }
            previous = byte
        }
        guard previous != UInt8(ascii: "-") else { throw .characters }
        guard bytes.contains(where: { $0 >= UInt8(ascii: "a") }) else { throw .onlyDigits }
        guard !text.hasPrefix("deleted-"), !Handle.reservedSkeletons.contains(Handle.skeleton(of: text)) else { throw .reserved }
        self.text = text
    }

    /// What is left when everything that eyes mistake is one: handles with the same skeleton are the same handle. The
    /// column `handles.skeleton` computes exactly this and is unique.
    public var skeleton: String { Handle.skeleton(of: text) }

    private static func skeleton(of text: String) -> String {
        let merged = text.replacing("-", with: "").replacing("rn", with: "m").replacing("vv", with: "w")
        return String(merged.map { character in
            switch character {
            case "0": "o"
            case "1", "i": "l"
            case "5": "s"
            default: character
            }
        })
    }

    /// Names that would pass for the platform itself, for one of its addresses or for a person in charge; and what
    /// looks like one of them. `deleted-` begins the handles of accounts that are gone.
    private static let reservedSkeletons = Set(
        """
        about abuse access account accounts admin administrator admins advisories alert alerts all announcement announcements
        anonymous api app apps asset assets audit auth authentication author authors backtest backtests backup badge badges
        bill billing blog board bot bots browse bug bugs candles careers cart catalog category changelog chat checkout
        checkpoint checkpoints cloud code community compare confirm contact contest copyright create css custom customer
        dashboard data delete deleted demo demo-admin dev developer developers device devices discover dmca docs documentation
        domain download downloads edit editor email engine enterprise error errors event events everybody everyone evaluation
        evaluations exchange exchanges experiment experiments explore export faq favicon feature features feed feedback feeds
        file files finance follow followers following font fonts forgot fork forks forum forums front gateway guest guests
        guide health healthz help helpdesk here home host hosting hostmaster html image images img imprint inbox index
        insights internal invitation invitations invite invites invoice invoices ipv4 ipv6 issue issues javascript job jobs
        join json key keys law leaderboard learn legal library license licenses link links list listing listings live local
        localhost log login logout logs mail mailer mailer-daemon market marketing marketplace markets master media member
        members membership message messages metric metrics mobile moderator moderators monitor monitoring money most-used name
        names network new news newsletter nobody noc none noreply no-reply notification notifications null oauth official
        onboarding open openapi operations operator operators order orders organization organizations owner owners package
        page pages partner partners passkey passkeys password pay payment payments payout payouts permissions phishing plan
        plans platform policies policy popular post postmaster posts premium press price prices pricing privacy private
        product products profile profiles project projects prove public publish publisher publishers readyz recover recovery
        reference refund register registration release releases removal remove report reports request requests research reset
        revenue review reviews robots role roles root rss rules run runs sale sales sandbox scan search secure security self
        sell seller server service services session sessions setting settings setup share shop sign-in sign-out sign-up signin
        signout signup site sitemap skill skills slug source spam sql ssl staff star stars static statistics stats status
        store stream streams studio studios style subscribe subscription subscriptions sudo superuser support sync sysadmin
        system tag tags tax team teams template templates tenant tenants term terms test testing tests tls token tokens tool
        tools top topic topics tour trade tradecraft tradecraft-team trader traders trades trading transfer transparency trash
        trending trust twitter undefined unknown unsubscribe update updates upgrade upload uploads usage user username users
        verification verified verify version versions video view void wallet wallets webhook webhooks webmaster website
        welcome well-known wiki withdraw withdrawals worker workers workspace www xml you your
        """.split(whereSeparator: \.isWhitespace).map { skeleton(of: String($0)) })
}
