internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// What happened, in words. The log holds ids; names are looked up as they are now.
struct AuditWords {
    /// Who reads: their own acts are "you".
    let reader: ID<Member>
    /// Names by id.
    let names: [String: String]

    /// Looks the names up that `entries` need, as far as the transaction's tenant may know them.
    init(_ entries: [AuditEntryTable.Entry], reader: ID<Member>, in tx: borrowing Transaction) throws {
        func ids<Entity>(_ kinds: [String]) -> [ID<Entity>] {
            Set(entries.compactMap { entry in
                kinds.contains(entry.objectKind ?? "") ? entry.objectID.flatMap { ID<Entity>($0) } : nil
            }).sorted()
        }
        let members: [ID<Member>] = Set(entries.compactMap(\.actor) + ids(["member"])).sorted()
        let tenants: [ID<Tenant>] = Set(entries.map(\.tenant) + ids(["tenant", "team"])).sorted()
        names = try AuditEntryTable.names(members: members, tenants: tenants, skills: ids(["skill"]), tokens: ids(["token"]), in: tx)
        self.reader = reader
    }

    /// `You`, `@mara`, `An operator`.
    func actor(_ entry: AuditEntryTable.Entry) -> String {
        if let actor = entry.actor {
            if actor == reader { return "You" }
            return names[actor.description] ?? "A member who is gone"
        }
        return switch AuditEvent.ActorKind(rawValue: entry.actorKind) {
        case .operator: "An operator"
        case .platform: "The platform"
        default: "Somebody who was not logged in"
        }
    }

    /// `You made the API token “ci”`, `@mara tried to log in; it was refused`.
    func sentence(_ entry: AuditEntryTable.Entry) -> String {
        let phrase = AuditAction(rawValue: entry.action).map(Self.phrase) ?? (done: "did \(entry.action)", attempt: "do \(entry.action)")
        let object = object(entry)
        if entry.outcome == AuditEvent.Outcome.refused.rawValue {
            return "\(actor(entry)) tried to \(phrase.attempt)\(object); it was refused"
        }
        return "\(actor(entry)) \(phrase.done)\(object)"
    }

    /// ` “ci”`, ` @mara`, or nothing: what a sentence ends with.
    private func object(_ entry: AuditEntryTable.Entry) -> String {
        guard let kind = entry.objectKind, let id = entry.objectID else { return "" }
        if kind == "member", ID<Member>(id) == reader { return entry.actor == reader ? "" : " (you)" }
        guard let name = names[id] else {
            // A session or a passkey has no name that says more than its id, which the event's page shows.
            return ID<Member>(id) == nil && !id.isEmpty ? " “\(id)”" : ""
        }
        return name.hasPrefix("@") ? " " + name : " “\(name)”"
    }

    func tenant(_ entry: AuditEntryTable.Entry) -> String { names[entry.tenant.description] ?? "a tenant that is gone" }

    /// What was done, and how an attempt at it is called.
    private static func phrase(_ action: AuditAction) -> (done: String, attempt: String) {
        switch action {
        case .signedUp: ("signed up", "sign up")
        case .emailVerified: ("confirmed the mail address", "confirm the mail address")
        case .emailChangeRequested: ("asked for another mail address", "ask for another mail address")
        case .emailChangeCancelled: ("called off the change of the mail address", "call off the change of the mail address")
        case .emailChanged: ("changed the mail address", "change the mail address")
        case .passwordResetRequested: ("asked for a new password", "ask for a new password")
        case .passwordChanged: ("changed the password", "change the password")
        case .accountExported: ("exported the account's data", "export the account's data")
        case .accountDeleted: ("deleted the account", "delete the account")
        case .accountSuspended: ("suspended the account", "suspend the account")
        case .accountRestored: ("restored the account", "restore the account")
        case .adminGranted: ("gave administrator rights to", "give administrator rights to")
        case .adminRevoked: ("took administrator rights from", "take administrator rights from")
        case .loggedIn: ("logged in", "log in")
        case .logInRefused: ("failed to log in", "log in")
        case .loggedOut: ("logged out", "log out")
        case .sessionRevoked: ("ended a session", "end a session")
        case .identityProved: ("gave a fresh proof of identity", "give a fresh proof of identity")
        case .proofRefused: ("failed to prove their identity", "give a fresh proof of identity")
        case .tenantSwitched: ("switched to", "switch to")
        default: laterPhrase(action)
        }
    }

    private static func laterPhrase(_ action: AuditAction) -> (done: String, attempt: String) {
        switch action {
        case .totpAdded: ("added an authenticator app", "add an authenticator app")
        case .totpRemoved: ("removed the authenticator app", "remove the authenticator app")
        case .passkeyAdded: ("added a passkey", "add a passkey")
        case .passkeyRenamed: ("renamed a passkey", "rename a passkey")
        case .passkeyRemoved: ("removed a passkey", "remove a passkey")
        case .passkeySuspect: ("used a passkey that may have been copied", "use a passkey that may have been copied")
        case .recoveryCodesMade: ("made new recovery codes", "make new recovery codes")
        case .recoveryCodeUsed: ("used a recovery code", "use a recovery code")
        case .factorsReset: ("removed every second factor", "remove every second factor")
        case .teamMade: ("made the team", "make the team")
        case .teamRenamed: ("renamed the team", "rename the team")
        case .teamDeleted: ("deleted the team", "delete the team")
        case .memberInvited: ("invited a member", "invite a member")
        case .invitationRevoked: ("took back an invitation", "take back an invitation")
        case .invitationDeclined: ("declined the invitation", "decline the invitation")
        case .memberJoined: ("joined the team", "join the team")
        case .roleChanged: ("changed the role of", "change the role of")
        case .memberRemoved: ("removed the member", "remove the member")
        case .memberLeft: ("left the team", "leave the team")
        case .secondFactorRequired: ("made a second factor required of all members", "make a second factor required of all members")
        case .secondFactorOptional: ("made the second factor optional", "make the second factor optional")
        case .tokenMade: ("made the API token", "make an API token")
        case .tokenRevoked: ("revoked the API token", "revoke the API token")
        case .skillMade: ("made the skill", "make the skill")
        case .skillSaved: ("saved a version of the skill", "save a version of the skill")
        case .skillForked: ("forked a skill as", "fork a skill as")
        case .skillPublished: ("published the skill", "publish the skill")
        case .auditExported: ("exported the audit log", "export the audit log")
        default: ("did \(action.rawValue)", "do \(action.rawValue)")
        }
    }

    /// The groups of actions that one can filter by.
    static let groups: [(value: String, label: String)] = [
        ("account", "Account"), ("session", "Log-in and sessions"), ("factor", "Second factors"), ("team", "Team"),
        ("token", "API tokens"), ("skill", "Skills"), ("audit", "Audit log"),
    ]

    /// `Firefox on Linux`, or what the browser says of itself, cut short.
    static func browser(_ userAgent: String) -> String {
        let programs = [("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")]
        let systems = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")]
        guard let program = programs.first(where: { userAgent.contains($0.0) })?.1 else { return String(userAgent.prefix(40)) }
        guard let system = systems.first(where: { userAgent.contains($0.0) })?.1 else { return program }
        return "\(program) on \(system)"
    }
}
