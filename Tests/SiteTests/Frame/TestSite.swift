import Base
import Foundation
import HTTP
import Postgres
import Security
import Site
import Storage
import Synchronization
import TestSupport

/// The site in process, over a database of its own: what nginx would send, `Site.respond` answers.
final class TestSite {
    let clone: TestDatabase
    let site: Site
    let database: Database
    let lines: LogLines
    private let folder: String

    /// Collects log lines.
    final class LogLines: Sendable {
        private let state = Mutex<[String]>([])
        func add(_ line: String) { state.withLock { $0.append(line) } }
        var all: [String] { state.withLock { $0 } }
    }

    /// Someone who is logged in: their cookie, and what makes a form of theirs valid.
    struct Reader {
        let cookie: String
        let formToken: String
        let tenant: ID<Tenant>
        var member: ID<Member>?
        var session: ID<LoginSession>?
    }

    static let engineKeys = EngineKeys()
    static let keys = WebKeys(engine: engineKeys)
    /// Requests of the tests come to `localhost`.
    static let settings: SiteSettings = {
        guard let settings = SiteSettings(origin: "http://localhost", keys: keys) else { preconditionFailure("Invariant: it is an origin") }
        return settings
    }()

    /// The form token of a session at work for a tenant.
    static func formToken(_ session: ID<LoginSession>, for tenant: ID<Tenant>) -> String {
        FormToken.derive(from: keys.seal.derive("form token \(session) \(tenant)"))
    }

    init(
        routes: [Route] = [], pool: Site.Pool = .requests, migrationsExpected: Int = 1, limits: RequestLimits = RequestLimits(),
        clock: any Clock = SystemClock()
    ) throws {
        clone = try TestDatabase.clone()
        let clone = clone
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("site-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lines = LogLines()
        self.lines = lines
        site = Site(
            features: Site.features + [routes],
            assets: Assets(version: "0123456789ab", migrationsExpected: migrationsExpected), hashSlots: HashSlots(folder: folder),
            settings: Self.settings, metrics: Metrics(process: "test"), pool: pool, limits: limits, log: Log { lines.add($0) },
            clock: clock)
        database = Database { try clone.connect(.web) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The same site as the pool that answers event streams.
    func streams() -> Site {
        Site(features: Site.features, assets: Assets(version: "0123456789ab"), hashSlots: HashSlots(folder: folder),
             settings: Self.settings, metrics: Metrics(process: "test"), pool: .streams, log: .silent)
    }

    /// A member with a session, made through the tables: verified, proved just now, and with a second factor unless told
    /// otherwise.
    func member(
        _ handle: String, isAdmin: Bool = false, isVerified: Bool = true, hasFactor: Bool = true, provedAt: Instant? = nil
    ) throws -> Reader {
        let member: ID<Member> = newID(), tenant: ID<Tenant> = newID(), session: ID<LoginSession> = newID()
        let token = SessionToken(), now = SystemClock().now()
        try database.transaction(.tenant(tenant), .readWrite) { tx in
            try MemberTable.insert(
                .init(member: member, tenant: tenant, email: "\(handle)@example.org", handle: handle, displayName: handle,
                      passwordHash: Secret("$argon2id$none"), isAdmin: isAdmin, verifiedAt: isVerified ? now : nil), in: tx)
            try LoginSessionTable.insert(
                .init(id: session, member: member, tenant: tenant, userAgent: "test", network: "127.0.0.1"), token: token.digest,
                at: now, in: tx)
            if hasFactor { try tx.run(Self.giveFactor, .uuid(tenant)) }
            if let provedAt { try LoginSessionTable.prove(session, tenant: tenant, token: token.digest, at: provedAt, in: tx) }
        }
        return Reader(
            cookie: "tc_session=\(token.text.reveal())", formToken: Self.formToken(session, for: tenant), tenant: tenant,
            member: member, session: session)
    }

    /// The reader whose browser got this session cookie.
    func reader(ofSession token: String) throws -> Reader {
        guard let digest = SessionToken.digest(of: token),
              let found = try database.transaction(.platform, .readOnly, { try LoginSessionTable.find(digest, at: SystemClock().now(), in: $0) })
        else { throw Problem.notFound }
        return Reader(
            cookie: "tc_session=\(token)", formToken: Self.formToken(found.session, for: found.acting.tenant), tenant: found.acting.tenant,
            member: found.member.member, session: found.session)
    }

    private static let giveFactor = Statement("test.give_factor", "UPDATE members SET second_factor_at = now() WHERE tenant_id = $1")

    func get(_ target: String, as reader: Reader? = nil, headers: Headers = [:]) throws -> Response {
        try send("GET", target, as: reader, headers: headers)
    }

    /// A form as a page of ours sends it.
    func post(_ target: String, _ fields: [Fields.Pair] = [], as reader: Reader? = nil, headers: Headers = [:]) throws -> Response {
        var all = headers
        all.set("content-type", "application/x-www-form-urlencoded")
        let token = reader.map { [Fields.Pair("form_token", $0.formToken)] } ?? []
        return try send("POST", target, as: reader, headers: all, body: Array(Fields(fields + token).encoded.utf8))
    }

    func send(
        _ method: String, _ target: String, as reader: Reader? = nil, headers: Headers = [:], body: [UInt8] = []
    ) throws -> Response {
        var all = headers
        if let reader { all.append("cookie", reader.cookie) }
        return site.respond(try Request(method: method, target: target, headers: all, body: body), on: database)
    }
}

extension Response {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
