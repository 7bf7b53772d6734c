internal import HTTP
public import Marketplace

/// What a route asks of whoever uses it, beyond being logged in. docs/access.md has the table of what follows; a test
/// holds every route to it.
public struct Requirement: Sendable, Hashable {
    /// What the member's role in the tenant they act for must allow; nil where only the member's own account is meant.
    public let permission: Permission?
    /// The scope an API token needs; nil for routes that only browser sessions may use.
    public let scope: TokenScope?
    /// The member's mail address is verified.
    public let verified: Bool
    /// The member has a second factor.
    public let factor: Bool
    /// The member proved who they are less than `Limits.proofSecondsMax` ago. A token counts as proved: making it needed
    /// the proof.
    public let proof: Bool

    public init(
        _ permission: Permission? = nil, scope: TokenScope? = nil, verified: Bool = false, factor: Bool = false, proof: Bool = false
    ) {
        self.permission = permission
        self.scope = scope
        self.verified = verified
        self.factor = factor
        self.proof = proof
    }
}

/// Why somebody who is logged in may not do this, each with what to do about it.
enum AccessRefusal {
    static func scope(_ scope: TokenScope?) -> Problem {
        Problem(
            status: 403, title: "This token may not do that",
            detail: scope.map { "The token lacks the scope \($0.rawValue). Make one that has it on your account's page." }
                ?? "API tokens cannot do this. Do it in the browser.",
            type: "/docs/api#token-scopes")
    }

    static func role(_ role: Role, _ handle: String) -> Problem {
        Problem(
            status: 403, title: "Your role does not allow this",
            detail: "You are \(role.rawValue) of @\(handle). An owner of @\(handle) can change your role.", type: "/docs/api#roles")
    }

    static let unverified = Problem(
        status: 403, title: "Confirm your mail address first",
        detail: "Open the link we mailed you. Your account's page can send it again.", type: "/docs/api#verified-address")

    static let noFactor = Problem(
        status: 403, title: "Set up a second factor first",
        detail: "This needs an authenticator app or a passkey on your account. Set one up on your account's security page.",
        type: "/docs/api#second-factor")

    static func tenantWantsFactor(_ handle: String) -> Problem {
        Problem(
            status: 403, title: "@\(handle) asks for a second factor",
            detail: "Set up an authenticator app or a passkey on your account's security page, or switch to another account.",
            type: "/docs/api#second-factor")
    }

    static let proof = Problem(
        status: 403, title: "Confirm that it is you",
        detail: "This needs a proof of who you are that is less than five minutes old. Nothing was changed.",
        type: "/docs/api#step-up-required")
}
