import Base
import Postgres
import TestSupport
import Testing

/// What each role may do with each table. A new grant is a decision: it is written down here.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct GrantTests {
    private static let read = Statement("grants.read", """
        WITH granted AS (
            SELECT c.relname::text AS name, acl.grantee::regrole::text AS role, acl.privilege_type AS privilege, NULL::text AS columns
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS acl
             WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
            UNION ALL
            SELECT c.relname::text, acl.grantee::regrole::text, acl.privilege_type, string_agg(a.attname, ' ' ORDER BY a.attname)
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) AS acl
             WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
             GROUP BY 1, 2, 3
        )
        SELECT role || ' ' || name || ': ' || string_agg(privilege || coalesce('(' || columns || ')', ''), ', ' ORDER BY privilege, columns) AS line
          FROM granted WHERE role IN ('tradecraft_web', 'tradecraft_engine') GROUP BY role, name ORDER BY 1
        """)

    @Test func everyGrantIsDecided() throws {
        let owner = try TestDatabase.clone().connect(.owner)
        let found = try owner.transaction(.platform, .readOnly) { tx in try tx.run(Self.read).map { try $0.text("line") } }
        let expected = Self.expected.split(separator: "\n").map(String.init)
        #expect(Set(found).subtracting(expected).sorted() == [], "grants that are not in this table")
        #expect(Set(expected).subtracting(found).sorted() == [], "grants of this table that are not there")
    }
}
