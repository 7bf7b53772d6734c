internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// `/api/v1/audit`: the audit log of the token's tenant, and of all for administrators in their browser.
enum AuditAPI {
    static let routes: [Route] = [
        .member(.get, "/api/v1/audit", Requirement(.readAudit, scope: .auditRead), list),
        .admin(.get, "/api/v1/admin/audit", Requirement(), listAll),
    ]

    private static func list(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let query = try AuditQuery.asked(context.request.query)
        let entries = try AuditEntryTable.list(
            query.filter, before: try request.idCursor(AuditEvent.self), limit: request.limit + 1, in: tx)
        let words = try AuditWords(entries, reader: context.member.member, in: tx)
        let numbers = try LogTable.numbers(of: entries.map(\.id), in: tx)
        return .json(request.page(entries, cursor: { Cursor.encode($0.id.description) }, json: { json($0, words, leaf: numbers[$0.id]) }),
                     caching: .privateRevalidate)
    }

    private static func listAll(_ context: AdminContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let query = try AuditQuery.asked(context.request.query)
        let (tenant, isKnown) = try AuditRoutes.tenant(query.tenant, in: tx)
        let found = isKnown ? try AuditIndexTable.list(
            query.filter, tenant: tenant, before: try request.numberCursor(), limit: request.limit + 1, backTo: RunTable.house, in: tx) : []
        let words = try AuditWords(found.map(\.entry), reader: context.member.member, in: tx)
        return .json(request.page(found, cursor: { Cursor.encode(String($0.number)) }, json: { json($0.entry, words, leaf: $0.number) }),
                     caching: .privateRevalidate)
    }

    private static func json(_ entry: AuditEntryTable.Entry, _ words: AuditWords, leaf: Int?) -> JSON {
        let object: JSON = entry.objectKind.map { kind in
            ["kind": .string(kind), "id": .optional(entry.objectID)]
        } ?? .null
        return [
            "id": .string(entry.id.description), "at": .string(entry.at.description), "tenant_id": .string(entry.tenant.description),
            "actor_id": .optional(entry.actor?.description), "actor": .string(words.actor(entry)), "actor_kind": .string(entry.actorKind),
            "action": .string(entry.action), "object": object, "outcome": .string(entry.outcome),
            "sentence": .string(words.sentence(entry)), "details": entry.details, "network": .optional(entry.place?.network),
            "user_agent": .optional(entry.place?.userAgent), "request_id": .string(entry.requestID), "leaf": .optional(leaf),
        ]
    }
}
