internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// `/account/audit` and `/admin/audit`: the audit log of a tenant, and of all for administrators.
enum AuditRoutes {
    static let routes: [Route] = [
        .member(.get, "/account/audit", Requirement(.readAudit), list),
        .member(.get, "/account/audit/:event", Requirement(.readAudit), show),
        .member(.post, "/account/audit/export", Requirement(.readAudit), export),
        .admin(.get, "/admin/audit", Requirement(), listAll),
        .admin(.post, "/admin/audit/export", Requirement(), exportAll),
    ]

    private static let pageRows = 50
    /// Rows of one CSV file.
    private static let exportRowsMax = 10_000
    private static let exportStepRows = 1_000
    /// Names offered in the filter.
    private static let actorsMax = 100

    // MARK: A tenant's own

    private static func list(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let query = AuditQuery(context.request.query)
        var cursor: ID<AuditEvent>?
        if let text = query.cursor {
            cursor = ID<AuditEvent>(text)
            if cursor == nil { throw Problem.notFound }
        }
        let entries = query.errors.isEmpty ? try AuditEntryTable.list(query.filter, before: cursor, limit: pageRows + 1, in: tx) : []
        let shown = Array(entries.prefix(pageRows))
        let words = try AuditWords(shown, reader: context.member.member, in: tx)
        let numbers = try LogTable.numbers(of: shown.map(\.id), in: tx)
        let page = AuditPages.List(
            path: "/account/audit", query: query, rows: shown.map { row($0, words, leaf: numbers[$0.id], address: "/account/audit/\($0.id)") },
            actors: try actors(context.member.member, in: tx), isForAdmins: false,
            next: entries.count > pageRows ? shown.last?.id.description : nil, exportRowsMax: exportRowsMax)
        return AccountLayout.page(
            context, current: .audit, title: "Audit log", body: AuditPages.list(page, token: context.formTokenField),
            status: query.errors.isEmpty ? 200 : 422)
    }

    private static func show(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        guard let entry = try AuditEntryTable.find(context.id("event"), in: tx) else { throw Problem.notFound }
        let words = try AuditWords([entry], reader: context.member.member, in: tx)
        let leaf = try LogTable.leaf(of: entry.id, in: tx)
        let event = AuditPages.Event(
            entry: entry, sentence: words.sentence(entry), actor: words.actor(entry), leafHash: AuditProof.leafHash(entry.leaf), leaf: leaf,
            checkpoint: try leaf.flatMap { try LogTable.checkpoint(coveringLeaf: $0.number, in: tx) })
        return AccountLayout.page(context, current: .audit, title: "Audit event", body: AuditPages.event(event))
    }

    private static func export(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let query = AuditQuery(try context.form())
        try query.check()
        var lines = AuditCSV.line(AuditCSV.header)
        var count = 0
        var cursor: ID<AuditEvent>?
        while count < exportRowsMax {
            let entries = try AuditEntryTable.list(query.filter, before: cursor, limit: exportStepRows, in: tx)
            let words = try AuditWords(entries, reader: context.member.member, in: tx)
            for entry in entries { lines += AuditCSV.line(entry, actor: words.actor(entry)) }
            count += entries.count
            cursor = entries.last?.id
            if entries.count < exportStepRows { break }
        }
        try context.audit(.auditExported, details: ["events": .int(count)], in: tx)
        return file(lines, context.now)
    }

    private static func actors(_ reader: ID<Member>, in tx: borrowing Transaction) throws -> [(value: String, label: String)] {
        let ids = try AuditEntryTable.actors(limit: actorsMax, in: tx)
        let names = try AuditEntryTable.names(members: ids, tenants: [], skills: [], tokens: [], in: tx)
        return ids.map { id in
            (value: id.description, label: id == reader ? "You" : names[id.description] ?? "A member who is gone")
        }.sorted { $0.label < $1.label }
    }

    // MARK: All, for administrators

    private static func listAll(_ context: AdminContext, _ tx: borrowing Transaction) throws -> Response {
        let query = AuditQuery(context.request.query)
        var before: Int?
        if let text = query.cursor {
            before = Int(text)
            if before == nil { throw Problem.notFound }
        }
        let (tenant, isKnown) = try tenant(query.tenant, in: tx)
        let found = query.errors.isEmpty && isKnown
            ? try AuditIndexTable.list(query.filter, tenant: tenant, before: before, limit: pageRows + 1, backTo: RunTable.house, in: tx) : []
        let shown = Array(found.prefix(pageRows))
        let words = try AuditWords(shown.map(\.entry), reader: context.member.member, in: tx)
        let page = AuditPages.List(
            path: "/admin/audit", query: query, rows: shown.map { row($0.entry, words, leaf: $0.number, address: nil, tenant: words.tenant($0.entry)) },
            actors: [], isForAdmins: true, next: found.count > pageRows ? shown.last.map { String($0.number) } : nil, exportRowsMax: exportRowsMax)
        let body: HTML = """
            <div class="page"><div class="page__head"><div class="page__title"><h1>Audit log of the platform</h1></div></div>
            \(AuditPages.list(page, token: context.formTokenField))</div>
            """
        return context.page(Page(title: "Audit log of the platform", section: .account, body: body), status: query.errors.isEmpty ? 200 : 422)
    }

    private static func exportAll(_ context: AdminContext, _ tx: borrowing Transaction) throws -> Response {
        let query = AuditQuery(try context.form())
        try query.check()
        let (tenant, isKnown) = try tenant(query.tenant, in: tx)
        var lines = AuditCSV.line(AuditCSV.header)
        var count = 0
        var before: Int?
        while isKnown, count < exportRowsMax {
            let found = try AuditIndexTable.list(
                query.filter, tenant: tenant, before: before, limit: exportStepRows, backTo: RunTable.house, in: tx)
            let words = try AuditWords(found.map(\.entry), reader: context.member.member, in: tx)
            for one in found { lines += AuditCSV.line(one.entry, actor: words.actor(one.entry)) }
            count += found.count
            before = found.last?.number
            if found.count < exportStepRows { break }
        }
        try context.audit(.auditExported, details: ["events": .int(count)], tenant: RunTable.house, in: tx)
        return file(lines, context.now)
    }

    /// The tenant of a handle; nothing matches an unknown one.
    static func tenant(_ handle: String, in tx: borrowing Transaction) throws -> (tenant: ID<Tenant>?, isKnown: Bool) {
        if handle.isEmpty { return (nil, true) }
        let tenant = try MemberTable.tenant(ofHandle: handle.lowercased(), in: tx)
        return (tenant, tenant != nil)
    }

    // MARK: Both

    private static func row(
        _ entry: AuditEntryTable.Entry, _ words: AuditWords, leaf: Int?, address: String?, tenant: String? = nil
    ) -> AuditPages.Row {
        AuditPages.Row(
            address: address, sentence: words.sentence(entry), details: AuditDetails.words(entry), at: entry.at,
            isRefused: entry.outcome == AuditEvent.Outcome.refused.rawValue, place: entry.place?.network ?? "",
            browser: entry.place.map { AuditWords.browser($0.userAgent) } ?? "forgotten", leaf: leaf, tenant: tenant)
    }

    private static func file(_ lines: String, _ now: Instant) -> Response {
        var response = Response.text(lines, type: "text/csv; charset=utf-8")
        response.headers.set("content-disposition", "attachment; filename=\"audit-\(now.date).csv\"")
        return response
    }
}
