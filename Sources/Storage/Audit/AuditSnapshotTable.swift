public import Base
internal import Marketplace
public import Postgres

/// The whole log, page by page in a fixed order, for an export. As the engine role, in one snapshot.
///
/// Values come as text: rows that nobody of ours wrote must show in the export, not stop it.
public enum AuditSnapshotTable {
    /// A row as name and value, in the order of the columns.
    public typealias Line = JSON

    static let events = Statement("audit_snapshot.events", """
        SELECT \(AuditQueueTable.leafColumns), e.tenant_id AS tenant_key, e.event_id AS event_key, e.ctid::text AS place_key
          FROM audit_events e
         WHERE (e.event_id, e.tenant_id, e.ctid) > ($1, $2, $3::text::tid) ORDER BY e.event_id, e.tenant_id, e.ctid LIMIT $4
        """)
    static let leaves = Statement("audit_snapshot.leaves", """
        SELECT number, kind, source_id::text AS source, encode(leaf_hash, 'hex') AS hash, ctid::text AS place_key FROM log_leaves
         WHERE (number, ctid) > ($1, $2::text::tid) ORDER BY number, ctid LIMIT $3
        """)
    static let nodes = Statement("audit_snapshot.nodes", """
        SELECT level::int AS level, position, encode(hash, 'hex') AS hash, ctid::text AS place_key FROM log_nodes
         WHERE (level, position, ctid) > ($1, $2, $3::text::tid) ORDER BY level, position, ctid LIMIT $4
        """)
    static let checkpoints = Statement("audit_snapshot.checkpoints", """
        SELECT number, tree_size, encode(root_hash, 'hex') AS root, note,
               coalesce(to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), created_at::text) AS created_at,
               ctid::text AS place_key
          FROM log_checkpoints WHERE (number, ctid) > ($1, $2::text::tid) ORDER BY number, ctid LIMIT $3
        """)
    static let waiting = Statement("audit_snapshot.waiting", """
        SELECT tenant_id, event_id FROM audit_pending WHERE event_id > $1 ORDER BY event_id LIMIT $2
        """)
    static let index = Statement("audit_snapshot.index", """
        SELECT number, event_tenant_id::text AS tenant, event_id::text AS id, actor_id::text AS actor, action, outcome,
               coalesce(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), at::text) AS at_text,
               ctid::text AS place_key
          FROM audit_index WHERE tenant_id = $1 AND (number, ctid) > ($2, $3::text::tid) ORDER BY number, ctid LIMIT $4
        """)
    static let tenants = Statement("audit_snapshot.tenants", """
        SELECT DISTINCT tenant_id FROM audit_events WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2
        """)
    static let places = Statement("audit_snapshot.places", """
        SELECT event_id, salt, network, user_agent FROM audit_places WHERE tenant_id = $1 AND event_id > $2
         ORDER BY event_id LIMIT $3
        """)
    public static let statements: [Statement] = [events, leaves, nodes, checkpoints, waiting, index, tenants, places]

    /// Rows read per round trip.
    private static let pageRowsMax = 1_000
    private static let zero = ID<AuditEvent>(high: 0, low: 0)

    /// Where a page starts: a place in the file tells rows apart that claim the same key.
    private static let firstPlace = "(0,0)"

    /// The bytes of every event's leaf, in the order of their ids.
    public static func events(in tx: borrowing Transaction, _ body: ([UInt8]) throws -> Void) throws {
        var last = (event: zero, tenant: zero, place: firstPlace)
        var count = pageRowsMax
        while count == pageRowsMax {
            let page = try tx.run(
                events, .uuid(last.event), .uuid(last.tenant), .text(last.place), .int(pageRowsMax)
            ).map { row in
                (event: try row.id("event_key") as ID<AuditEvent>, tenant: try row.id("tenant_key") as ID<AuditEvent>,
                 place: try row.text("place_key"), bytes: try AuditQueueTable.leaf(row).bytes)
            }
            for row in page { try body(row.bytes) }
            if let row = page.last { last = (row.event, row.tenant, row.place) }
            count = page.count
        }
    }

    public static func leaves(in tx: borrowing Transaction, _ body: (Line) throws -> Void) throws {
        try numbered(leaves, [], in: tx, body) { row in
            [("number", .int(try row.int("number"))), ("kind", .string(try row.text("kind"))),
             ("source", .string(try row.text("source"))), ("hash", .string(try row.text("hash")))]
        }
    }

    public static func checkpoints(in tx: borrowing Transaction, _ body: (Line) throws -> Void) throws {
        try numbered(checkpoints, [], in: tx, body) { row in
            [("number", .int(try row.int("number"))), ("tree_size", .int(try row.int("tree_size"))),
             ("root", .string(try row.text("root"))), ("note", .string(try row.text("note"))),
             ("created_at", .string(try row.text("created_at")))]
        }
    }

    /// What the house's index says of each audit leaf.
    public static func index(in tx: borrowing Transaction, _ body: (Line) throws -> Void) throws {
        try numbered(index, [.uuid(RunTable.house)], in: tx, body) { row in
            [("number", .int(try row.int("number"))), ("tenant", .string(try row.text("tenant"))),
             ("id", .string(try row.text("id"))), ("at", .string(try row.text("at_text"))),
             ("actor", .optional(try row.textOrNil("actor"))), ("action", .string(try row.text("action"))),
             ("outcome", .string(try row.text("outcome")))]
        }
    }

    /// Pages of a statement whose last parameters are number, place and limit.
    private static func numbered(
        _ statement: Statement, _ parameters: [Parameter], in tx: borrowing Transaction, _ body: (Line) throws -> Void,
        line: (borrowing Row) throws -> [(String, JSON)]
    ) throws {
        var last = (number: Int.min, place: firstPlace)
        var count = pageRowsMax
        while count == pageRowsMax {
            let page = try tx.run(
                statement, parameters + [.int(last.number), .text(last.place), .int(pageRowsMax)]
            ).map { row in (number: try row.int("number"), place: try row.text("place_key"), line: JSON.object(try line(row))) }
            for row in page { try body(row.line) }
            if let row = page.last { last = (row.number, row.place) }
            count = page.count
        }
    }

    public static func nodes(in tx: borrowing Transaction, _ body: (Line) throws -> Void) throws {
        var last = (level: -1, position: Int.max, place: firstPlace)
        var count = pageRowsMax
        while count == pageRowsMax {
            let page = try tx.run(
                nodes, .int(last.level), .int(last.position), .text(last.place), .int(pageRowsMax)
            ).map { row in
                (level: try row.int("level"), position: try row.int("position"), place: try row.text("place_key"),
                 hash: try row.text("hash"))
            }
            for row in page {
                try body(.object([("level", .int(row.level)), ("position", .int(row.position)), ("hash", .string(row.hash))]))
            }
            if let row = page.last { last = (row.level, row.position, row.place) }
            count = page.count
        }
    }

    /// The ids of the events that have no leaf yet.
    public static func waiting(in tx: borrowing Transaction, _ body: (Line) throws -> Void) throws {
        var last = zero
        var count = pageRowsMax
        while count == pageRowsMax {
            let page = try tx.run(waiting, .uuid(last), .int(pageRowsMax)).map { row in
                (event: try row.id("event_id") as ID<AuditEvent>, tenant: try row.id("tenant_id") as ID<Tenant>)
            }
            for row in page { try body(.object([("tenant", .string(row.tenant.description)), ("id", .string(row.event.description))])) }
            if let row = page.last { last = row.event }
            count = page.count
        }
    }

    /// Event and commitment of every place that is kept; the places themselves are read and left where they are,
    /// tenant by tenant in that tenant's scope.
    public static func places(in tx: borrowing Transaction, _ body: (Line) throws -> Void) throws {
        var last = ID<Tenant>(high: 0, low: 0)
        var count = pageRowsMax
        while count == pageRowsMax {
            let page = try tx.run(tenants, .uuid(last), .int(pageRowsMax)).map { row in try row.id("tenant_id") as ID<Tenant> }
            for tenant in page {
                try ActingTenant.run(as: tenant, backTo: RunTable.house, in: tx) { tx in try places(of: tenant, in: tx, body) }
            }
            last = page.last ?? last
            count = page.count
        }
    }

    private static func places(of tenant: ID<Tenant>, in tx: borrowing Transaction, _ body: (Line) throws -> Void) throws {
        var last = zero
        var count = pageRowsMax
        while count == pageRowsMax {
            let page = try tx.run(places, .uuid(tenant), .uuid(last), .int(pageRowsMax)).map { row in
                (event: try row.id("event_id") as ID<AuditEvent>,
                 commitment: AuditEvent.commitment(
                    network: try row.text("network"), userAgent: try row.text("user_agent"), salt: try row.bytes("salt")))
            }
            for row in page {
                try body(.object([("id", .string(row.event.description)), ("sha256", .string(row.commitment.hex))]))
            }
            last = page.last?.event ?? last
            count = page.count
        }
    }
}
