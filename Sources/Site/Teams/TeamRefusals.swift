public import HTTP
public import Marketplace

extension TeamRefusal: PublicRefusal {
    public var problem: Problem {
        switch self {
        case .notFound: .notFound
        case .invitationClosed: Problem(status: 404, title: "This invitation is closed", detail: sentence)
        case .ownersOnly: Problem(status: 403, title: "Your role does not allow this", detail: sentence, type: "/docs/api#roles")
        case .handleTaken, .otherHandle: .invalid([.init(field ?? "", sentence)])
        case .mailsMax: Problem(status: 429, detail: sentence, retryAfterSeconds: 86_400)
        case .personal, .lastOwner, .alreadyOwner, .membersMax, .invitationsMax, .teamsMax, .published, .ownFactorMissing:
            .conflict(sentence)
        }
    }
}
