public import Base
public import Marketplace
public import Postgres

/// Events that wait for a leaf, and the index that the sequencer keeps of those that got one. In the house's scope.
public enum AuditQueueTable {
    /// An event as its leaf commits to it, with what the index repeats.
    public struct Waiting: Sendable {
        public let tenant: ID<Tenant>
        public let event: ID<AuditEvent>
        public let actor: ID<Member>?
        public let at: Instant
        public let leaf: AuditLeaf
    }

    /// The columns of a leaf as text, exactly: times to the microsecond, hashes as hexadecimal digits.
    static let leafColumns = """
        e.tenant_id::text AS tenant, e.event_id::text AS id,
        coalesce(to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.at::text) AS at_text,
        e.actor_id::text AS actor, e.actor_kind, e.action, e.object_kind, e.object_id, e.outcome, e.request_id, e.details,
        encode(e.place_sha256, 'hex') AS place
        """

    /// One sequencer at a time, however many engines there are; the lock ends with the transaction.
    static let lock = Statement("audit_pending.lock", "SELECT pg_try_advisory_xact_lock(4186250937114405) AS is_locked")
    static let take = Statement("audit_pending.take", """
        SELECT e.tenant_id, e.event_id, e.actor_id, e.at, \(leafColumns)
          FROM (SELECT tenant_id, event_id FROM audit_pending ORDER BY event_id LIMIT $1) AS p
          JOIN audit_events e USING (tenant_id, event_id) ORDER BY p.event_id
        """)
    static let remove = Statement("audit_pending.remove", """
        DELETE FROM audit_pending p USING unnest($1::uuid[], $2::uuid[]) AS done (tenant_id, event_id)
         WHERE p.tenant_id = done.tenant_id AND p.event_id = done.event_id
        """)
    static let index = Statement("audit_index.insert", """
        INSERT INTO audit_index (tenant_id, number, event_tenant_id, event_id, at, actor_id, action, outcome)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """)
    public static let statements: [Statement] = [lock, take, remove, index]

    /// False when another engine is at work.
    public static func lock(in tx: borrowing Transaction) throws -> Bool {
        try tx.run(lock).only { try $0.bool("is_locked") }
    }

    /// The oldest events that wait, at most `limit`. Under the lock.
    public static func take(limit: Int, in tx: borrowing Transaction) throws -> [Waiting] {
        try tx.run(take, .int(limit)).map { row in
            Waiting(tenant: try row.id("tenant_id"), event: try row.id("event_id"), actor: try row.idOrNil("actor_id"),
                    at: try row.instant("at"), leaf: try leaf(row))
        }
    }

    /// Takes `events`, whose leaves start at `first`, off the queue and into the index.
    public static func finish(_ events: [Waiting], first: Int, house: ID<Tenant>, in tx: borrowing Transaction) throws {
        guard !events.isEmpty else { return }
        try tx.run(remove, .uuidArray(events.map(\.tenant)), .uuidArray(events.map(\.event)))
        try tx.runAll(index, events.enumerated().map { offset, event in
            [.uuid(house), .int(first + offset), .uuid(event.tenant), .uuid(event.event), .instant(event.at),
             .uuid(orNull: event.actor), .text(event.leaf.action), .text(event.leaf.outcome)]
        })
    }

    static func leaf(_ row: borrowing Row) throws -> AuditLeaf {
        AuditLeaf(
            tenant: try row.text("tenant"), id: try row.text("id"), at: try row.text("at_text"),
            actor: try row.textOrNil("actor"), actorKind: try row.text("actor_kind"), action: try row.text("action"),
            objectKind: try row.textOrNil("object_kind"), objectID: try row.textOrNil("object_id"),
            outcome: try row.text("outcome"), requestID: try row.text("request_id"), details: try row.text("details"),
            placeSHA256: try row.text("place"))
    }
}
