public import Base
internal import Marketplace
public import Postgres

/// The audit log whole, for admins: found by the house's index, read tenant by tenant, each in its own scope.
///
/// No policy lets a request see two tenants' events. What an admin sees is what the sequencer gave a leaf: all but the
/// last seconds.
public enum AuditIndexTable {
    /// One line of the index.
    struct Line {
        let number: Int
        let tenant: ID<Tenant>
        let event: ID<AuditEvent>
    }

    /// An event with its leaf's number.
    public struct Numbered: Sendable {
        public let number: Int
        public let entry: AuditEntryTable.Entry
    }

    static let list = Statement("audit_index.list", """
        SELECT number, event_tenant_id, event_id FROM audit_index
         WHERE tenant_id = $1 AND ($2::bigint IS NULL OR number < $2) AND ($3::uuid IS NULL OR event_tenant_id = $3)
           AND ($4::text IS NULL OR action = $4 OR starts_with(action, $4 || '.'))
           AND ($5::uuid IS NULL OR actor_id = $5) AND ($6::text IS NULL OR outcome = $6)
           AND ($7::timestamptz IS NULL OR at >= $7) AND ($8::timestamptz IS NULL OR at < $8)
         ORDER BY number DESC LIMIT $9
        """)
    public static let statements: [Statement] = [list]

    /// Events of all tenants, or of one, newest leaf first. `own` is the scope that the transaction goes back to.
    public static func list(
        _ filter: AuditEntryTable.Filter, tenant: ID<Tenant>?, before number: Int?, limit: Int, backTo own: ID<Tenant>,
        in tx: borrowing Transaction
    ) throws -> [Numbered] {
        let lines = try ActingTenant.run(as: RunTable.house, backTo: own, in: tx) { tx in
            try tx.run(
                list, [.uuid(RunTable.house), .int(orNull: number), .uuid(orNull: tenant)] + filter.parameters + [.int(limit)]
            ).map { row in
                Line(number: try row.int("number"), tenant: try row.id("event_tenant_id"), event: try row.id("event_id"))
            }
        }
        var entries: [ID<AuditEvent>: AuditEntryTable.Entry] = [:]
        for owner in Set(lines.map(\.tenant)).sorted() {
            let wanted = lines.filter { $0.tenant == owner }.map(\.event)
            let found = try ActingTenant.run(as: owner, backTo: own, in: tx) { tx in
                try AuditEntryTable.several(wanted, of: owner, in: tx)
            }
            for entry in found { entries[entry.id] = entry }
        }
        return lines.compactMap { line in entries[line.event].map { Numbered(number: line.number, entry: $0) } }
    }
}
