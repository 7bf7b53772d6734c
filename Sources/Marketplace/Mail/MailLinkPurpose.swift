public import Base

/// What a link that came by mail is for. Each opens once, within its time.
public enum MailLinkPurpose: String, Sendable, Hashable, CaseIterable {
    case verifyEmail = "verify_email"
    case resetPassword = "reset_password"
    /// The three of one change of address: a yes from the old address, a yes from the new one, a no from the old one.
    case changeEmailOld = "change_email_old"
    case changeEmailNew = "change_email_new"
    case changeEmailCancel = "change_email_cancel"

    /// Where the link leads: `/link/verify`.
    public var path: String {
        switch self {
        case .verifyEmail: "/link/verify"
        case .resetPassword: "/link/reset"
        case .changeEmailOld: "/link/email-old"
        case .changeEmailNew: "/link/email-new"
        case .changeEmailCancel: "/link/email-cancel"
        }
    }

    /// How long it opens, in hours. A reset is short: whoever reads an old mailbox later must not find a key in it.
    public var hours: Int {
        switch self {
        case .resetPassword: 1
        case .verifyEmail: 72
        case .changeEmailOld, .changeEmailNew, .changeEmailCancel: 24
        }
    }

    /// When a link made at `now` ends.
    public func end(from now: Instant) -> Instant { now.advanced(byMilliseconds: Int64(hours) * Instant.millisecondsPerHour) }

    public static let emailChange: [MailLinkPurpose] = [.changeEmailOld, .changeEmailNew, .changeEmailCancel]
}
