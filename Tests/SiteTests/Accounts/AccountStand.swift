import Base
import Foundation
import HTTP
import Postgres
import Security
import Site
import Storage
import Synchronization
import TestSupport
import Testing

/// The site over a database of its own with a clock that tests move, and people who use it as browsers do.
final class AccountStand: Sendable {
    /// A clock that goes when it is told.
    final class SetClock: Clock {
        private let state = Mutex(Instant(milliseconds: 1_790_000_000_000))
        func now() -> Instant { state.withLock { $0 } }
        func advance(milliseconds: Int64) { state.withLock { $0 = $0.advanced(byMilliseconds: milliseconds) } }
        func advance(days: Int) { advance(milliseconds: Int64(days) * Instant.millisecondsPerDay) }
        func advance(minutes: Int) { advance(milliseconds: Int64(minutes) * 60_000) }
    }

    static let password = "seven quiet harbours"

    let clone: TestDatabase
    let clock = SetClock()
    let site: Site
    private let folder: String

    init() throws {
        clone = try TestDatabase.clone()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("accounts-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        site = Self.site(.requests, folder, clock)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static func site(_ pool: Site.Pool, _ folder: String, _ clock: SetClock) -> Site {
        Site(
            features: Site.features, assets: Assets(version: "0123456789ab"), hashSlots: HashSlots(folder: folder),
            settings: TestSite.settings, metrics: Metrics(process: "test"), pool: pool, log: .silent, clock: clock)
    }

    /// The same site as another process has it: nothing shared but the database and the folder of locks.
    func another(_ pool: Site.Pool = .requests) -> Site { Self.site(pool, folder, clock) }

    /// The pool of streams, with one at `/test/events` that has something new at every look.
    func streams() -> Site {
        let feed = Route.events("/test/events", Requirement(), member: { _, _ in
            EventFeed(intervalMilliseconds: 50) { _, _ in .init(events: [ServerEvent(data: "here")], isLast: false) }
        })
        return Site(
            features: Site.features + [[feed]], assets: Assets(version: "0123456789ab"), hashSlots: HashSlots(folder: folder),
            settings: TestSite.settings, metrics: Metrics(process: "test"), pool: .streams, log: .silent, clock: clock)
    }

    /// Somebody with a browser of their own, in a network of their own.
    func browser(from network: String = "192.0.2.1", userAgent: String = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0") -> Browser {
        Browser(self, network: network, userAgent: userAgent)
    }

    /// Somebody who signed up, logged in.
    func member(_ handle: String, from network: String = "192.0.2.1") throws -> Browser {
        let browser = browser(from: network)
        let answer = try browser.send("/signup", at: "/signup", [
            .init("email", "\(handle)@example.org"), .init("handle", handle), .init("password", Self.password),
        ])
        #expect(answer.status == 303 && answer.headers["location"] == "/studio", "\(answer.text)")
        return browser
    }

    /// What one number says, as `role` sees it: the web sees members, the engine jobs, of every tenant.
    func number(_ sql: String, as role: TestDatabase.Role = .web) throws -> Int {
        try clone.connect(role).transaction(.platform, .readOnly) {
            try $0.run(Statement("test." + Digest.of(sql).short, sql)).only { try $0.int(0) }
        }
    }

    /// Letters on their way.
    func letters() throws -> Int { try number("SELECT count(*)::int FROM jobs WHERE kind = 'send-mail'", as: .engine) }

    /// Changes one member's row, in their tenant's scope.
    func change(_ handle: String, _ assignment: String) throws {
        let web = try clone.connect(.web)
        let tenant = try #require(try web.transaction(.platform, .readOnly) { try MemberTable.tenant(ofHandle: handle, in: $0) })
        try web.transaction(.tenant(tenant), .readWrite) { tx in
            try tx.run(Statement("test.change", "UPDATE members SET \(assignment) WHERE tenant_id = $1"), .uuid(tenant))
        }
    }

    /// How often the audit log has an act, counted in the scope of `handle`'s home, or the house's.
    func audited(_ action: String, for handle: String?) throws -> Int {
        let web = try clone.connect(.web)
        let tenant = try handle.map { handle in
            try #require(try web.transaction(.platform, .readOnly) { try MemberTable.tenant(ofHandle: handle, in: $0) })
        } ?? RunTable.house
        return try web.transaction(.tenant(tenant), .readOnly) { tx in
            try tx.run(
                Statement("test.audited", "SELECT count(*) FROM audit_events WHERE tenant_id = $1 AND action = $2"),
                .uuid(tenant), .text(action)).only { try $0.int(0) }
        }
    }
}

/// Keeps cookies and sends forms with their tokens. One thread uses it at a time.
final class Browser {
    let stand: AccountStand
    let database: Database
    let userAgent: String
    var network: String
    var cookies: [(name: String, value: String)] = []

    init(_ stand: AccountStand, network: String, userAgent: String) {
        self.stand = stand
        self.network = network
        self.userAgent = userAgent
        let clone = stand.clone
        database = Database { try clone.connect(.web) }
    }

    /// The same browser in a second window: the cookies of this moment.
    func copy() -> Browser {
        let copy = Browser(stand, network: network, userAgent: userAgent)
        copy.cookies = cookies
        return copy
    }

    func cookie(_ name: String) -> String? { cookies.first { $0.name == name }?.value }

    func request(
        _ method: String, _ target: String, fields: [Fields.Pair]? = nil, headers: Headers = [:], on site: Site? = nil
    ) throws -> Response {
        var all = headers
        all.set("user-agent", userAgent)
        if !cookies.isEmpty { all.set("cookie", cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")) }
        if fields != nil { all.set("content-type", "application/x-www-form-urlencoded") }
        let request = try Request(
            method: method, target: target, headers: all, body: fields.map { Array(Fields($0).encoded.utf8) } ?? [], remoteAddress: network)
        let response = (site ?? stand.site).respond(request, on: database)
        for cookie in response.cookies {
            cookies.removeAll { $0.name == cookie.name }
            if cookie.maxAgeSeconds != 0 { cookies.append((cookie.name, cookie.value)) }
        }
        return response
    }

    func get(_ target: String, headers: Headers = [:], on site: Site? = nil) throws -> Response {
        try request("GET", target, headers: headers, on: site)
    }

    /// The token of the forms on a page.
    func formToken(at page: String) throws -> String {
        let text = try get(page).text
        let start = try #require(text.firstRange(of: "name=\"form_token\" value=\"")?.upperBound, "no form at \(page)")
        return String(text[start...].prefix { $0 != "\"" })
    }

    /// A form that a page shows, as it is sent.
    func send(_ target: String, at page: String, _ fields: [Fields.Pair] = [], on site: Site? = nil) throws -> Response {
        try request("POST", target, fields: fields + [.init("form_token", try formToken(at: page))], on: site)
    }

    func logIn(_ name: String, _ password: String = AccountStand.password, on site: Site? = nil) throws -> Response {
        try send("/login", at: "/login", [.init("email", name), .init("password", password)], on: site)
    }

    var isLoggedIn: Bool { get throws { try get("/account").status == 200 } }
}
