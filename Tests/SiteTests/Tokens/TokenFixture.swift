import Base
import HTTP
import Marketplace
import Postgres
import Security
import Site
import Storage
import Testing
import TestSupport

extension APIFixture {
    /// A token of `reader` for their own tenant, made through the table.
    func token(
        of reader: TestSite.Reader, scopes: [TokenScope] = TokenScope.allCases, expires days: Int64 = 30
    ) throws -> (id: ID<APIToken>, headers: Headers) {
        let text = APITokenText(), id: ID<APIToken> = newID(), now = SystemClock().now()
        let member = try #require(reader.member)
        let isMade = try site.database.transaction(.tenant(reader.tenant), .readWrite) {
            try APITokenTable.insert(
                .init(
                    id: id, member: member, name: "test", digest: text.digest, scopes: scopes,
                    createdAt: now.advanced(byMilliseconds: -40 * Instant.millisecondsPerDay),
                    expiresAt: now.advanced(byMilliseconds: days * Instant.millisecondsPerDay)), in: $0)
        }
        try #require(isMade)
        return (id, ["authorization": "Bearer \(text.text.reveal())"])
    }

    /// Runs SQL as the owner of the database, in the scope of a tenant.
    func change(_ sql: String, in tenant: ID<Tenant>, _ parameters: Parameter...) throws {
        _ = try site.clone.connect(.owner).transaction(.tenant(tenant), .readWrite) {
            try $0.run(Statement("test." + Digest.of(sql).hex.prefix(20), sql), parameters)
        }
    }

    /// The one number that SQL answers in the scope of a tenant.
    func number(_ sql: String, in tenant: ID<Tenant>) throws -> Int {
        try site.clone.connect(.owner).transaction(.tenant(tenant), .readOnly) {
            try $0.run(Statement("test." + Digest.of(sql).hex.prefix(20), sql)).only { try $0.int(0) }
        }
    }
}
