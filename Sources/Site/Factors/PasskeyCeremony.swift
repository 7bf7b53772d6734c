internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// The site's half of passkey ceremonies: options for the browser, then what the authenticator answered.
enum PasskeyCeremony {
    /// This site as passkeys know it, by its own setting; nil where passkeys cannot work (a plain http address, an address
    /// in numbers).
    static func relyingParty(_ context: some PageContext) -> RelyingParty? {
        RelyingParty(origin: context.frame.settings.origin, name: "Tradecraft")
    }

    /// Where passkeys work, when that is not where the reader is.
    static func elsewhere(_ context: some PageContext) -> String? {
        guard let party = relyingParty(context), party.origin != context.request.origin.lowercased() else { return nil }
        return party.origin
    }

    /// What ties a challenge to the browser that asked for it: the session, or a visitor's cookie.
    private static func browser(_ context: some PageContext) throws -> Digest {
        if let session = context.viewer?.session { return Digest.of("session \(session)") }
        guard let visit = context.request.cookies[CookieName.visit(isSecure: context.request.isSecure)] else {
            throw Problem.badRequest("Your browser sent no cookie. Allow cookies for this site and reload the page.")
        }
        return Digest.of("visit \(visit)")
    }

    /// A fresh challenge, noted for this browser. Any scope.
    private static func challenge(
        _ ceremony: PasskeyChallengeTable.Ceremony, _ context: some PageContext, in tx: borrowing Transaction
    ) throws -> (PasskeyChallenge, RelyingParty) {
        guard let party = relyingParty(context) else {
            throw Problem(
                status: 409, title: "Passkeys do not work here",
                detail: "They need https and a host name. Whoever runs this site can set both. Use a code instead.")
        }
        if let place = elsewhere(context) {
            throw Problem(status: 409, title: "Passkeys do not work here", detail: "Open \(place) and use your passkey there.")
        }
        let challenge = PasskeyChallenge()
        let end = context.now.advanced(byMilliseconds: PasskeyOptions.timeoutMilliseconds)
        try PasskeyChallengeTable.insert(
            challenge.digest, for: ceremony, browser: try browser(context), at: context.now, until: end, in: tx)
        return (challenge, party)
    }

    /// For a new passkey of the member. In their home.
    static func create(_ context: AccountContext, in tx: borrowing Transaction) throws -> Response {
        let member = context.member.member
        let existing = try PasskeyTable.list(of: member, tenant: context.home, in: tx)
        let (challenge, party) = try challenge(.register, context, in: tx)
        return .json(PasskeyOptions.create(
            challenge, relyingParty: party, userHandle: handle(of: member), userName: context.member.handle,
            displayName: "@" + context.member.handle, existing: existing.map(credential)))
    }

    /// For a log-in or proof. `member` is nil where the passkey is to say who it is. In the member's home, or any scope for
    /// nil.
    static func get(
        _ ceremony: PasskeyChallengeTable.Ceremony, of member: FactorCheck.Subject?, _ context: some PageContext,
        in tx: borrowing Transaction
    ) throws -> Response {
        let known = try member.map { try PasskeyTable.list(of: $0.member, tenant: $0.home, in: tx) } ?? []
        guard member == nil || !known.isEmpty else { throw Problem.conflict("Your account has no passkey. Use a code.") }
        let (challenge, party) = try challenge(ceremony, context, in: tx)
        return .json(PasskeyOptions.get(challenge, relyingParty: party, allowed: known.map(credential)))
    }

    /// A new passkey as `text`, the browser's answer, has it. The challenge is gone afterwards, whatever comes of it.
    static func registration(
        _ text: String, _ context: some PageContext, _ database: Database
    ) throws -> PasskeyRegistration? {
        guard let party = relyingParty(context), let (response, challenge) = try take(text, .register, context, database) else { return nil }
        do { return try PasskeyRegistration.verify(response, challenge: challenge, relyingParty: party) } catch { return nil }
    }

    /// The passkey that answered, its use noted; nil for every answer that does not hold. `subject` is nil where the
    /// passkey says who it is.
    static func assertion(
        _ text: String, for ceremony: PasskeyChallengeTable.Ceremony, of subject: FactorCheck.Subject?, _ context: some PageContext,
        _ database: Database
    ) throws -> PasskeyTable.Row? {
        guard let party = relyingParty(context), let (response, challenge) = try take(text, ceremony, context, database),
              let id = PasskeyAssertion.credentialID(in: response),
              let row = try database.transaction(.platform, .readOnly, { try PasskeyTable.find(credential: id, in: $0) }),
              subject == nil || subject?.member == row.member
        else { return nil }
        let stored = StoredPasskey(
            credentialID: row.credentialID, publicKey: row.publicKey, signCount: row.signCount,
            isBackupEligible: row.isBackupEligible, userHandle: handle(of: row.member))
        do {
            let verified = try PasskeyAssertion.verify(
                response, challenge: challenge, relyingParty: party, stored: stored, allowed: subject == nil ? [] : [row.credentialID])
            return try database.transaction(.tenant(row.tenant), .readWrite) { tx in
                let isFirst = try PasskeyTable.use(
                    row, signCount: verified.signCount, isBackedUp: verified.isBackedUp, at: context.now, in: tx)
                if !isFirst { try suspect(row, context, in: tx) }
                return isFirst ? row : nil
            }
        } catch let refusal as PasskeyRefusal {
            if refusal == .counterWentBack {
                try database.transaction(.tenant(row.tenant), .readWrite) { try suspect(row, context, in: $0) }
            }
            return nil
        }
    }

    /// The answer and the digest of its challenge, which this browser asked for within five minutes and nobody answered.
    private static func take(
        _ text: String, _ ceremony: PasskeyChallengeTable.Ceremony, _ context: some PageContext, _ database: Database
    ) throws -> (JSON, Digest)? {
        guard text.utf8.count <= 100_000, let response = try? JSON(parsing: Array(text.utf8)),
              let digest = PasskeyChallenge.digest(in: response) else { return nil }
        let browser = try browser(context)
        let isOurs = try database.transaction(.platform, .readWrite) {
            try PasskeyChallengeTable.take(digest, for: ceremony, browser: browser, at: context.now, in: $0)
        }
        return isOurs ? (response, digest) : nil
    }

    /// The counter went back: there may be a copy. The member is told, and the log keeps it. In the member's home.
    private static func suspect(_ row: PasskeyTable.Row, _ context: some PageContext, in tx: borrowing Transaction) throws {
        try context.audit(
            .passkeySuspect, of: .init("passkey", row.id.description), outcome: .refused, tenant: row.tenant, actor: row.member, in: tx)
        try context.mail.notify(.passkeySuspect(name: row.name), row.member, in: tx)
    }

    /// What authenticators keep as the user: the member's id, which says nothing about them.
    private static func handle(of member: ID<Member>) -> [UInt8] {
        [member.high, member.low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }

    private static func credential(_ row: PasskeyTable.Row) -> PasskeyOptions.Credential {
        PasskeyOptions.Credential(id: row.credentialID, transports: row.transports)
    }
}
