public import Base
public import Marketplace
public import Postgres

/// The audit log as it is written. Append-only for the roles that write it; the sequencer gives every event a leaf.
public enum AuditTable {
    static let insertEvent = Statement("audit_events.insert", """
        INSERT INTO audit_events (tenant_id, event_id, at, actor_id, actor_kind, action, object_kind, object_id, outcome,
            request_id, details, place_sha256)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """)
    static let insertPlace = Statement("audit_places.insert", """
        INSERT INTO audit_places (tenant_id, event_id, salt, network, user_agent) VALUES ($1, $2, $3, $4, $5)
        """)
    static let insertPending = Statement("audit_pending.insert", "INSERT INTO audit_pending (tenant_id, event_id) VALUES ($1, $2)")
    public static let statements: [Statement] = [insertEvent, insertPlace, insertPending]

    /// Writes `event` in the transaction of the act, so that neither is without the other. In the scope of the event's
    /// tenant.
    @discardableResult
    public static func record(_ event: AuditEvent, in tx: borrowing Transaction) throws -> ID<AuditEvent> {
        var random = SystemRandomNumberGenerator()
        let id = ID<AuditEvent>(at: event.at, random: &random)
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        try tx.run(
            insertEvent, .uuid(event.tenant), .uuid(id), .instant(event.at), .uuid(orNull: event.actor),
            .text(event.actorKind.rawValue), .text(event.action.rawValue), .text(orNull: event.object?.kind),
            .text(orNull: event.object?.id), .text(event.outcome.rawValue), .text(event.requestID), .text(event.details.canonical),
            .digest(AuditEvent.commitment(to: event.place, salt: salt)))
        try tx.run(
            insertPlace, .uuid(event.tenant), .uuid(id), .bytes(salt), .text(event.place.network), .text(event.place.userAgent))
        try tx.run(insertPending, .uuid(event.tenant), .uuid(id))
        return id
    }
}
