internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// Finds out who asks: by the session's cookie, or in the API by a bearer token.
enum Authentication {
    /// A last use is written down at most this often.
    private static let touchMilliseconds: Int64 = 60_000

    /// Nil for a visitor. A bearer token that is not valid is refused, never taken for a visitor.
    static func viewer(of request: Request, _ route: Route, _ now: Instant, _ database: Database) throws -> Caller? {
        if route.isAPI, let header = request.headers["authorization"] { return try bearer(header, request, now, database) }
        guard let text = request.cookies[CookieName.session(isSecure: request.isSecure)],
              let digest = SessionToken.digest(of: text),
              let found = try database.transaction(.platform, .readOnly, { try LoginSessionTable.find(digest, at: now, in: $0) })
        else { return nil }
        if now.milliseconds - found.lastSeen.milliseconds > touchMilliseconds || found.network != request.remoteAddress {
            try database.transaction(.tenant(found.member.home), .readWrite) {
                try LoginSessionTable.touch(found.session, tenant: found.member.home, network: request.remoteAddress, at: now, in: $0)
            }
        }
        return Caller(
            member: MemberSummary(found.member), acting: ActingTenancy(found.acting),
            credential: .session(found.session, provedAt: found.provedAt), lostTeam: found.lostTeam)
    }

    private static func bearer(_ header: String, _ request: Request, _ now: Instant, _ database: Database) throws -> Caller {
        let words = header.split(separator: " ", omittingEmptySubsequences: true)
        // Two headers are two identities: which one counts is not ours to guess.
        guard request.headers.all("authorization").count == 1, words.count == 2, words[0].lowercased() == "bearer", let digest = APITokenText.digest(of: String(words[1])),
              let found = try database.transaction(.platform, .readOnly, { try APITokenTable.find(digest, at: now, in: $0) })
        else {
            throw Problem(
                status: 401, title: "This token is not valid",
                detail: "It is misspelt, expired or revoked. Make another on your account's page.", type: "/docs/api#tokens")
        }
        if now.milliseconds - (found.lastUsed?.milliseconds ?? 0) > touchMilliseconds {
            try database.transaction(.tenant(found.acting.tenant), .readWrite) {
                try APITokenTable.touch(found.token, tenant: found.acting.tenant, network: request.remoteAddress, at: now, in: $0)
            }
        }
        return Caller(
            member: MemberSummary(found.member), acting: ActingTenancy(found.acting),
            credential: .token(found.token, scopes: found.scopes))
    }

    /// Whether `viewer` still may see what they saw when a stream began. In any scope.
    static func holds(_ viewer: Caller, at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        switch viewer.credential {
        case .session(let id, _): try LoginSessionTable.holds(id, for: viewer.tenant, at: now, in: tx)
        case .token(let id, _): try APITokenTable.holds(id, for: viewer.tenant, at: now, in: tx)
        }
    }

    /// Throws unless `viewer` meets what `route` asks for, the proof apart. `isHome` where the route is about the member's
    /// own account, which no tenant's rule closes.
    static func check(_ viewer: Caller, _ requirement: Requirement, isHome: Bool) throws(Problem) {
        guard viewer.has(requirement.scope) else { throw AccessRefusal.scope(requirement.scope) }
        if !isHome, viewer.acting.requiresSecondFactor, !viewer.member.hasSecondFactor {
            throw AccessRefusal.tenantWantsFactor(viewer.handle)
        }
        if let permission = requirement.permission, !viewer.role.may(permission) {
            throw AccessRefusal.role(viewer.role, viewer.handle)
        }
        if requirement.verified, !viewer.member.isVerified { throw AccessRefusal.unverified }
        if requirement.factor, !viewer.member.hasSecondFactor { throw AccessRefusal.noFactor }
    }
}

extension MemberSummary {
    init(_ facts: MemberFacts) {
        self.init(
            member: facts.member, tenant: facts.home, handle: facts.handle, email: facts.email, isAdmin: facts.isAdmin,
            isVerified: facts.isVerified, hasSecondFactor: facts.hasSecondFactor)
    }
}

extension ActingTenancy {
    init(_ acting: ActingMembership) {
        self.init(
            tenant: acting.tenant, handle: acting.handle, role: acting.role, isTeam: acting.isTeam,
            requiresSecondFactor: acting.requiresSecondFactor)
    }
}
