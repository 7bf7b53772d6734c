public import Base
public import Marketplace
public import Postgres

/// The audit log as its tenant reads it.
public enum AuditEntryTable {
    /// One event with what is known beside it.
    public struct Entry: Sendable {
        public let tenant: ID<Tenant>
        public let id: ID<AuditEvent>
        public let at: Instant
        public let actor: ID<Member>?
        public let actorKind: String
        /// As stored; a word of a newer program stays readable.
        public let action: String
        public let objectKind: String?
        public let objectID: String?
        public let outcome: String
        public let requestID: String
        public let details: JSON
        /// Where it came from; nil once it is forgotten.
        public let place: AuditEvent.Place?
        /// False when the stored place is not the one that the event was written with.
        public let placeIsTrue: Bool
        /// The bytes that its leaf commits to.
        public let leaf: AuditLeaf
    }

    /// What a reader asks for; nil is any.
    public struct Filter: Sendable, Hashable {
        /// An action (`token.made`) or a group of them (`token`).
        public var action: String?
        public var actor: ID<Member>?
        public var outcome: AuditEvent.Outcome?
        /// Inclusive.
        public var from: Instant?
        /// Exclusive.
        public var until: Instant?
        public init(
            action: String? = nil, actor: ID<Member>? = nil, outcome: AuditEvent.Outcome? = nil, from: Instant? = nil,
            until: Instant? = nil
        ) {
            self.action = action
            self.actor = actor
            self.outcome = outcome
            self.from = from
            self.until = until
        }

        /// Action, its group's pattern, actor, outcome, from, until: six parameters in this order.
        var parameters: [Parameter] {
            [.text(orNull: action), .uuid(orNull: actor), .text(orNull: outcome?.rawValue), .instant(orNull: from),
             .instant(orNull: until)]
        }
    }

    private static let columns = """
        SELECT e.tenant_id, e.event_id, e.at, e.actor_id, p.salt, p.network, p.user_agent, e.place_sha256, \
        \(AuditQueueTable.leafColumns)
          FROM audit_events e LEFT JOIN audit_places p USING (tenant_id, event_id)
        """
    static let list = Statement("audit_events.list", """
        \(columns)
         WHERE ($1::uuid IS NULL OR e.event_id < $1)
           AND ($2::text IS NULL OR e.action = $2 OR starts_with(e.action, $2 || '.'))
           AND ($3::uuid IS NULL OR e.actor_id = $3) AND ($4::text IS NULL OR e.outcome = $4)
           AND ($5::timestamptz IS NULL OR e.at >= $5) AND ($6::timestamptz IS NULL OR e.at < $6)
         ORDER BY e.event_id DESC LIMIT $7
        """)
    static let find = Statement("audit_events.find", "\(columns) WHERE e.event_id = $1")
    static let several = Statement("audit_events.several", "\(columns) WHERE e.tenant_id = $1 AND e.event_id = ANY ($2)")
    static let actors = Statement("audit_events.actors", """
        SELECT DISTINCT actor_id FROM audit_events WHERE actor_id IS NOT NULL ORDER BY actor_id LIMIT $1
        """)
    static let memberNames = Statement("audit_events.member_names", """
        SELECT m.member_id, h.handle FROM members m JOIN handles h ON h.tenant_id = m.tenant_id WHERE m.member_id = ANY ($1)
        """)
    static let tenantNames = Statement("audit_events.tenant_names", "SELECT tenant_id, handle FROM handles WHERE tenant_id = ANY ($1)")
    static let skillNames = Statement("audit_events.skill_names", "SELECT skill_id, slug FROM skills WHERE skill_id = ANY ($1)")
    static let tokenNames = Statement("audit_events.token_names", """
        SELECT token_id, name FROM api_tokens WHERE tenant_id = app.tenant_id() AND token_id = ANY ($1)
        """)
    public static let statements: [Statement] = [list, find, several, actors, memberNames, tenantNames, skillNames, tokenNames]

    /// The tenant's events, newest first, before the cursor's.
    public static func list(
        _ filter: Filter, before cursor: ID<AuditEvent>?, limit: Int, in tx: borrowing Transaction
    ) throws -> [Entry] {
        try tx.run(list, [.uuid(orNull: cursor)] + filter.parameters + [.int(limit)]).map(entry)
    }

    public static func find(_ id: ID<AuditEvent>, in tx: borrowing Transaction) throws -> Entry? {
        try tx.run(find, .uuid(id)).first(entry)
    }

    /// Those events of `tenant`, whose scope the transaction is in; in no order.
    static func several(_ ids: [ID<AuditEvent>], of tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> [Entry] {
        try tx.run(several, .uuid(tenant), .uuidArray(ids)).map(entry)
    }

    /// Everybody who acted in the tenant, for the filter.
    public static func actors(limit: Int, in tx: borrowing Transaction) throws -> [ID<Member>] {
        try tx.run(actors, .int(limit)).map { row in try row.id("actor_id") }
    }

    /// Names by id, as they are now. Ids of what is gone, or is another tenant's, are left out.
    public static func names(
        members: [ID<Member>], tenants: [ID<Tenant>], skills: [ID<Skill>], tokens: [ID<AuditEvent>], in tx: borrowing Transaction
    ) throws -> [String: String] {
        var names: [String: String] = [:]
        func read(_ statement: Statement, _ ids: Parameter, _ prefix: String) throws {
            try tx.run(statement, ids).forEach { row in
                let id: ID<AuditEvent> = try row.id(0)
                names[id.description] = prefix + (try row.text(1))
            }
        }
        if !members.isEmpty { try read(memberNames, .uuidArray(members), "@") }
        if !tenants.isEmpty { try read(tenantNames, .uuidArray(tenants), "@") }
        if !skills.isEmpty { try read(skillNames, .uuidArray(skills), "") }
        if !tokens.isEmpty { try read(tokenNames, .uuidArray(tokens), "") }
        return names
    }

    private static func entry(_ row: borrowing Row) throws -> Entry {
        let leaf = try AuditQueueTable.leaf(row)
        let salt = try row.bytesOrNil("salt")
        let network = try row.textOrNil("network") ?? ""
        let userAgent = try row.textOrNil("user_agent") ?? ""
        let isTrue = try salt.map { salt in
            AuditEvent.commitment(network: network, userAgent: userAgent, salt: salt) == (try row.digest("place_sha256"))
        }
        return Entry(
            tenant: try row.id("tenant_id"), id: try row.id("event_id"), at: try row.instant("at"), actor: try row.idOrNil("actor_id"),
            actorKind: leaf.actorKind, action: leaf.action, objectKind: leaf.objectKind, objectID: leaf.objectID,
            outcome: leaf.outcome, requestID: leaf.requestID,
            // Details that are no JSON are shown as they stand.
            details: (try? JSON(parsing: Array(leaf.details.utf8))) ?? .string(leaf.details),
            place: salt == nil ? nil : AuditEvent.Place(network: network, userAgent: userAgent), placeIsTrue: isTrue ?? true, leaf: leaf)
    }
}
