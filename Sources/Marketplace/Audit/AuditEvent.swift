public import Base

/// One sensitive act: who, for which tenant, what, on what, from where, in which request, and how it ended.
public struct AuditEvent: Sendable {
    /// How the actor came.
    public enum ActorKind: String, Sendable, Hashable, CaseIterable { case session, token, visitor, `operator`, platform }
    public enum Outcome: String, Sendable, Hashable, CaseIterable { case done, refused }

    /// What was acted on: a kind such as `skill`, and its id or public name.
    public struct Object: Sendable, Hashable {
        public let kind: String
        public let id: String
        public init(_ kind: String, _ id: String) {
            self.kind = kind
            self.id = id
        }
    }

    /// Where it came from. Kept apart from the event, so that it can be forgotten.
    public struct Place: Sendable, Hashable {
        /// Textual IP address, or empty.
        public let network: String
        /// As the browser names itself, at most 400 characters.
        public let userAgent: String
        public init(network: String, userAgent: String) {
            self.network = network
            self.userAgent = String(userAgent.prefix(400))
        }
        /// A command at the terminal, a job.
        public static let nowhere = Place(network: "", userAgent: "")
    }

    public let tenant: ID<Tenant>
    public let actor: ID<Member>?
    public let actorKind: ActorKind
    public let action: AuditAction
    public let object: Object?
    public let outcome: Outcome
    /// Short facts: numbers, words of ours, ids. Never a secret, a mail address, a handle.
    public let details: JSON
    public let place: Place
    /// As in the answer's `X-Request-ID`, empty for commands and jobs.
    public let requestID: String
    public let at: Instant

    public init(
        tenant: ID<Tenant>, actor: ID<Member>?, actorKind: ActorKind, action: AuditAction, object: Object? = nil,
        outcome: Outcome = .done, details: JSON = .object([]), place: Place, requestID: String, at: Instant
    ) {
        self.tenant = tenant
        self.actor = actor
        self.actorKind = actorKind
        self.action = action
        self.object = object
        self.outcome = outcome
        self.details = details
        self.place = place
        self.requestID = requestID
        self.at = at
    }

    /// What the row's `place_sha256` and so the leaf commits to: SHA-256 over the canonical JSON of salt, network and
    /// browser. Without the salt, which is forgotten with the place, nobody can test a guess.
    public static func commitment(to place: Place, salt: [UInt8]) -> Digest {
        commitment(network: place.network, userAgent: place.userAgent, salt: salt)
    }

    /// The same over stored columns, whatever they hold.
    public static func commitment(network: String, userAgent: String, salt: [UInt8]) -> Digest {
        Digest.of(JSON.object([
            ("network", .string(network)), ("salt", .string(Base.hex(salt))), ("user_agent", .string(userAgent)),
        ]).canonicalBytes)
    }
}
