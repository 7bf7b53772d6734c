import Base
import Marketplace
import Postgres
import Storage
import TestSupport
import Testing
import Trading

/// A migrated database with two tenants, ten days of made-up candles, and short ways to write skills.
struct StorageFixture {
    let database: TestDatabase
    let web: Connection
    let engine: Connection
    let tenants: Tenants

    static let from = SyntheticMarket.start
    static let to = from.advanced(byMilliseconds: 10 * Instant.millisecondsPerDay)

    init(withCandles: Bool = false) throws {
        database = try TestDatabase.clone()
        web = try database.connect(.web)
        engine = try database.connect(.engine)
        tenants = try Tenants(on: web)
        guard withCandles, let series = SyntheticMarket.series(named: "SIM-ALPHA", from: Self.from, to: Self.to) else { return }
        try database.connect(.owner).transaction(.platform, .readWrite) { tx in
            _ = try CandleImport.store([series], source: "synthetic", replace: false, in: tx)
        }
    }

    func write<Value>(_ tenant: ID<Tenant>, _ body: (borrowing Transaction) throws -> Value) throws -> Value {
        try web.transaction(.tenant(tenant), .readWrite, body)
    }

    func read<Value>(_ tenant: ID<Tenant>, _ body: (borrowing Transaction) throws -> Value) throws -> Value {
        try web.transaction(.tenant(tenant), .readOnly, body)
    }

    static func files(slug: String = "drift", licence: String = "open", note: String = "Buy.") -> VersionTable.Files {
        VersionTable.Files(
            skillMD: """
                ---
                name: Drift
                slug: \(slug)  # the address
                summary: Buys and waits.
                model: none
                universe: [SIM-ALPHA]
                timeframe: 1h
                cadence: every_bar
                risk:
                  max_order_usd: 1000
                  max_position_usd: 1000
                licence: \(licence)
                ---
                \(note)
                """,
            entry: "export function entry(ctx) { return { side: \"long\", reason: \"always\" }; }\n", exit: nil)
    }

    /// A new skill with its first version.
    func create(_ files: VersionTable.Files = files(), for tenant: ID<Tenant>) throws -> SkillTable.Row {
        try write(tenant) { tx in
            var ids = Authoring.Identifiers(now: SystemClock().now())
            let made = try Authoring.create(try Authoring.manifest(of: files), files: files, source: nil, ids: &ids, in: tx)
            guard let row = try SkillTable.find(made.skill, in: tx) else { throw Missing() }
            return row
        }
    }

    struct Missing: Error {}

    func publish(
        _ skill: SkillTable.Row, for tenant: ID<Tenant>, handle: String, visibility: ListingTable.Visibility = .public
    ) throws -> ID<Run> {
        try write(tenant) { tx in
            guard let version = try VersionTable.find(skill.latestVersion, in: tx) else { throw Missing() }
            var ids = Authoring.Identifiers(now: SystemClock().now())
            let subject = RunOrdering.Subject(
                owner: tenant, handle: handle, skill: skill.id, lineage: skill.lineage, version: version.id, number: version.number,
                manifest: try Authoring.manifest(of: version.files))
            return try Authoring.publish(
                subject, files: version.files, source: skill.source, visibility: visibility, coverage: try CandleCoverage(in: tx),
                ids: &ids, in: tx)
        }
    }

    func order(
        _ skill: SkillTable.Row, for tenant: ID<Tenant>, from: String = "2024-01-02", to: String = "2024-01-05"
    ) throws -> ID<Run> {
        guard let first = CalendarDate(from), let last = CalendarDate(to) else { throw Missing() }
        return try write(tenant) { tx in
            var ids = Authoring.Identifiers(now: SystemClock().now())
            return try BacktestRequest.order(
                skill: skill, number: skill.latestNumber, from: first, to: last, seed: 1, owner: tenant, handle: "alpha",
                ids: &ids, in: tx)
        }
    }
}

/// `#expect` for use where a transaction is at hand: its macro cannot hold what may not be copied.
func check(_ isTrue: Bool, _ comment: Comment? = nil, at location: SourceLocation = #_sourceLocation) {
    #expect(isTrue, comment, sourceLocation: location)
}

/// `#require` likewise.
func unwrap<Value>(_ value: Value?, at location: SourceLocation = #_sourceLocation) throws -> Value {
    try #require(value, sourceLocation: location)
}
