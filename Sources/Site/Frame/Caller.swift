public import Base
public import Marketplace

/// One person who can log in, as far as pages and handlers need it.
public struct MemberSummary: Sendable, Hashable {
    public let member: ID<Member>
    /// The member's own tenant, their home: sessions, factors and mail links live there.
    public let tenant: ID<Tenant>
    public let handle: String
    public let email: String
    public let isAdmin: Bool
    public let isVerified: Bool
    public let hasSecondFactor: Bool

    public init(
        member: ID<Member>, tenant: ID<Tenant>, handle: String, email: String, isAdmin: Bool, isVerified: Bool, hasSecondFactor: Bool
    ) {
        self.member = member
        self.tenant = tenant
        self.handle = handle
        self.email = email
        self.isAdmin = isAdmin
        self.isVerified = isVerified
        self.hasSecondFactor = hasSecondFactor
    }
}

/// The tenant a request works for, and what the member is there.
public struct ActingTenancy: Sendable, Hashable {
    public let tenant: ID<Tenant>
    public let handle: String
    public let role: Role
    public let isTeam: Bool
    public let requiresSecondFactor: Bool

    public init(tenant: ID<Tenant>, handle: String, role: Role, isTeam: Bool, requiresSecondFactor: Bool) {
        self.tenant = tenant
        self.handle = handle
        self.role = role
        self.isTeam = isTeam
        self.requiresSecondFactor = requiresSecondFactor
    }
}

/// How a request showed who it is from.
public enum Credential: Sendable, Hashable {
    /// A browser. `provedAt` is the last proof of identity.
    case session(ID<LoginSession>, provedAt: Instant)
    case token(ID<APIToken>, scopes: [TokenScope])
}

/// Who asks, for which tenant, by what.
public struct Caller: Sendable, Hashable {
    public let member: MemberSummary
    public let acting: ActingTenancy
    public let credential: Credential
    /// The handle of the team that this browser worked for until its member was removed or it was deleted; else nil.
    public let lostTeam: String?

    public init(member: MemberSummary, acting: ActingTenancy, credential: Credential, lostTeam: String? = nil) {
        self.member = member
        self.acting = acting
        self.credential = credential
        self.lostTeam = lostTeam
    }

    /// The tenant whose rows the request sees.
    public var tenant: ID<Tenant> { acting.tenant }
    /// The public handle of that tenant: what it publishes is `@handle/…`.
    public var handle: String { acting.handle }
    public var isAdmin: Bool { member.isAdmin }
    public var role: Role { acting.role }

    public var session: ID<LoginSession>? { if case .session(let id, _) = credential { id } else { nil } }
    public var token: ID<APIToken>? { if case .token(let id, _) = credential { id } else { nil } }

    /// False for a token without the scope, and for every token where a route names none.
    func has(_ scope: TokenScope?) -> Bool {
        guard case .token(_, let scopes) = credential else { return true }
        return scope.map { scopes.contains($0) } ?? false
    }

    /// True while a proof of identity is fresh enough for sensitive acts.
    func isProved(at now: Instant) -> Bool {
        guard case .session(_, let provedAt) = credential else { return true }
        return now.milliseconds < provedAt.advanced(byMilliseconds: Int64(Limits.proofSecondsMax) * 1_000).milliseconds
    }
}
