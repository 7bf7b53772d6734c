internal import HTTP
internal import Marketplace

/// What the reader of the studio may do, and what is missing before they may publish.
struct StudioAccess: Sendable, Hashable {
    var handle = ""
    var role = Role.owner
    var isVerified = true
    var hasSecondFactor = true

    /// For pages about nobody in particular.
    init() {}

    init(_ who: Caller) {
        handle = who.handle
        role = who.role
        isVerified = who.member.isVerified
        hasSecondFactor = who.member.hasSecondFactor
    }

    /// Nil when the role allows it, else why not and who could change that.
    func refusal(_ permission: Permission) -> HTML? {
        role.may(permission) ? nil : """
            <p class="small muted">You are \(role.rawValue) of @\(handle), so you can look but not do this. An owner can change your role.</p>
            """
    }

    /// What to do before publishing, or nil when nothing is missing.
    var publishingSteps: HTML? {
        if let refusal = refusal(.publishSkills) { return refusal }
        let email: HTML? = isVerified ? nil : "<li><a href=\"/account\">Confirm your mail address</a> with the link we mailed you.</li>\n"
        let factor: HTML? = hasSecondFactor ? nil
            : "<li><a href=\"/account/security\">Set up a second factor</a>: a passkey or an authenticator app.</li>\n"
        guard !isVerified || !hasSecondFactor else { return nil }
        return """
            <p class="small">A published version carries your name for good. Before the first one:</p>
            <ul class="small">\(email)\(factor)</ul>
            """
    }
}
