import Postgres
import Storage
import TestSupport
import Testing

/// Every SQL text prepares and plans with the rights of a role that runs it.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct StatementTests {
    /// Importing candles is the owner's, and so is making administrators.
    private static let ownerOnly: Set<String> = ["candles.insertChunk", "candles.setMonth", "member_admin.set_admin"]

    @Test func everyStatementPreparesForWhoRunsIt() throws {
        let database = try TestDatabase.clone()
        func refused(_ role: TestDatabase.Role) throws -> [String: String] {
            let failures = try StatementCheck.failures(StatementCatalog.all, as: role, in: database)
            return Dictionary(failures.map { (String($0.prefix { $0 != ":" }), $0) }, uniquingKeysWith: { first, _ in first })
        }
        let web = try refused(.web)
        let engine = try refused(.engine)
        let neither = Set(web.keys).intersection(engine.keys)
        #expect(neither == Self.ownerOnly, "\(neither.subtracting(Self.ownerOnly).sorted().compactMap { web[$0] })")
        #expect(try refused(.owner).keys.filter { Self.ownerOnly.contains($0) } == [])
        #expect(Set(StatementCatalog.all.map(\.name)).count == StatementCatalog.all.count)
    }
}
