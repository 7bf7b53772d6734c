internal import Base

/// Why something about a team is refused. Checked before anything is written.
public enum TeamRefusal: Error, Sendable, Hashable {
    /// A personal tenant has one member, for ever.
    case personal
    /// There is none, or it is another tenant's: the two are told alike.
    case notFound
    /// The invitation was answered, revoked, replaced or is too old.
    case invitationClosed
    /// The role was taken away while the request was on its way.
    case ownersOnly
    /// The team would be left without an active owner.
    case lastOwner
    case alreadyOwner
    case membersMax
    case invitationsMax
    case mailsMax
    case teamsMax
    case handleTaken(String)
    /// Typed to confirm a deletion, and wrong.
    case otherHandle(String)
    case published
    /// An owner asks of others what they do not have.
    case ownFactorMissing

    public var sentence: String {
        switch self {
        case .personal:
            "This is your personal account: you are its one member. Make a team to work with others."
        case .notFound: "There is nothing at this address, or you may not see it."
        case .invitationClosed:
            "This invitation is no longer open. It was answered, revoked or replaced by a newer one, or it is older than "
                + "\(Invitation.daysMax) days. Ask an owner of the team for a new one."
        case .ownersOnly: "You are no longer an owner of this team, so nothing was changed."
        case .lastOwner: "A team needs an owner, and no other is left. Make somebody else an owner first, or delete the team."
        case .alreadyOwner: "This member is an owner already. Choose another, or change your own role."
        case .membersMax: "A team has at most \(Team.membersMax) members. Remove somebody first."
        case .invitationsMax: "\(Invitation.openMax) invitations are open. Revoke one or wait for an answer."
        case .mailsMax: "\(Invitation.mailsPerDayMax) invitations were mailed within 24 hours. Send the next one tomorrow."
        case .teamsMax: "You own \(Team.ownedMax) teams, which is the limit. Leave or delete one first."
        case .handleTaken(let handle): "@\(handle), or a handle that looks like it, is taken. Choose another."
        case .otherHandle(let handle): "Type \(handle) to delete @\(handle). Nothing was deleted."
        case .published:
            "This team has published skills. What was published stays, with who answers for it, so the team cannot be "
                + "deleted. Transfer it to another member and leave."
        case .ownFactorMissing: "Set up a second factor of your own first, or you would lock yourself out."
        }
    }

    /// The field of a form that the sentence belongs to.
    public var field: String? {
        switch self {
        case .handleTaken: "handle"
        case .otherHandle: "confirmation"
        default: nil
        }
    }
}

/// What a team may be.
public enum Team {
    public static let membersMax = 100
    /// Teams one member owns.
    public static let ownedMax = 20
}
