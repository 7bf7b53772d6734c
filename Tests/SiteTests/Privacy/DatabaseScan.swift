import Base
import Postgres
import Storage
import TestSupport

/// Every row of every table as text, to search what is left of something.
struct DatabaseScan {
    /// `table: row`.
    let rows: [String]

    private static let listTables = Statement("scan.tables", """
        SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
        """)

    /// As the owner, whom row level security holds too: hence tenant by tenant.
    init(_ database: TestDatabase, tenants: [ID<Tenant>]) throws {
        let owner = try database.connect(.owner)
        let tables = try owner.transaction(.platform, .readOnly) { tx in try tx.run(Self.listTables).map { try $0.text(0) } }
        var rows: [String] = []
        for scope in [Scope.platform] + (tenants + [RunTable.house]).map(Scope.tenant) {
            try owner.transaction(scope, .readOnly) { tx in
                for table in tables {
                    let read = Statement("scan.\(table)", "SELECT t::text FROM \(table) AS t")
                    rows += try tx.run(read).map { "\(table): " + (try $0.text(0)) }
                }
            }
        }
        self.rows = rows
    }

    /// The rows that contain `text`, plainly or as the bytes of a bytea.
    func rows(with text: String) -> [String] {
        let asBytes = hex(Array(text.utf8))
        return rows.filter { $0.contains(text) || $0.contains(asBytes) }.map { String($0.prefix(160)) }
    }
}
