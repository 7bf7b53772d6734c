import Base
import HTTP
import Marketplace
import Postgres
import Site
import Synchronization
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct SiteTests {
    private static let writeNothing = Statement("test.write", "INSERT INTO tenants (tenant_id, kind) VALUES ($1, 'personal')")
    private static let seenTenants = Statement("test.seen", "SELECT tenant_id FROM tenants")
    private static let fail = Statement("test.fail", "SELECT 1 / $1::int AS quotient")

    private struct Fault: Error {}

    private static let probes: [Route] = [
        .visitor(.get, "/test/public") { context, _ in context.page(Page(title: "T", body: "x"), caching: .public(maxAgeSeconds: 60)) },
        .visitor(.get, "/test/form") { context, _ in
            context.page(Page(title: "T", body: "\(context.formTokenField)"), caching: .public(maxAgeSeconds: 60))
        },
        .visitor(.get, "/test/write") { _, tx in
            let id: ID<Tenant> = newID()
            try tx.run(writeNothing, .uuid(id))
            return .text("written")
        },
        .member(.get, "/test/tenants", Requirement(.read)) { _, tx in
            .text(try tx.run(seenTenants).map { row in let id: ID<Tenant> = try row.id(0); return id.description }.joined(separator: " "))
        },
        .admin(.get, "/test/admin", Requirement()) { _, _ in .text("admin") },
        .visitor(.get, "/test/fault") { _, _ in throw Fault() },
        .visitor(.get, "/test/sql") { _, tx in
            try tx.run(fail, .int(0))
            return .text("")
        },
        .member(.post, "/test/things", Requirement(.writeSkills)) { _, _ in throw Problem.invalid([.init("name", "Give it a name.")]) },
        .events("/test/:count/events", visitor: { context, _ in
            guard let count = Int(try context.parameter("count")) else { throw Problem.notFound }
            return EventFeed(intervalMilliseconds: 1) { lastID, _ in
                let next = (lastID.flatMap { Int($0) } ?? 0) + 1
                return .init(events: [ServerEvent(id: String(next), data: "n\(next)")], isLast: next >= count)
            }
        }),
    ]

    @Test func membersSeeTheirTenantAlone() throws {
        let site = try TestSite(routes: Self.probes)
        let alpha = try site.member("alpha"), beta = try site.member("beta-b")
        #expect(try site.get("/test/tenants", as: alpha).text == alpha.tenant.description)
        #expect(try site.get("/test/tenants", as: beta).text == beta.tenant.description)
        let visitor = try site.get("/test/tenants?a=1")
        #expect(visitor.status == 303 && visitor.headers["location"] == "/login?next=%2Ftest%2Ftenants%3Fa%3D1")
    }

    @Test func aProgramAheadOfItsSchemaIsNotReady() throws {
        #expect(try TestSite().get("/readyz").status == 200)
        let ahead = try TestSite(migrationsExpected: 9_999).get("/readyz")
        #expect(ahead.status == 503 && ahead.text.contains("migrations are pending"))
    }

    @Test func adminPagesDoNotExistForOthers() throws {
        let site = try TestSite(routes: Self.probes)
        let member = try site.member("alpha"), admin = try site.member("chief", isAdmin: true)
        #expect(try site.get("/test/admin").status == 404)
        #expect(try site.get("/test/admin", as: member).status == 404)
        #expect(try site.get("/test/admin", as: admin).status == 200)
    }

    @Test func readingNeverWrites() throws {
        let site = try TestSite(routes: Self.probes)
        #expect(try site.get("/test/write").status == 500)
        #expect(site.lines.all.last?.contains("25006") == true, "READ ONLY is enforced by the server")
    }

    @Test func cachingIsForVisitorsWithoutCookiesAlone() throws {
        let site = try TestSite(routes: Self.probes)
        let member = try site.member("alpha")
        #expect(try site.get("/test/public").finalHeaders["cache-control"] == "public, max-age=60")
        #expect(try site.get("/test/public", as: member).finalHeaders["cache-control"] == "private, no-cache")
        let stale = try site.get("/test/public", headers: ["cookie": "tc_session=\(String(repeating: "A", count: 43))"])
        #expect(stale.finalHeaders["cache-control"] == "private, no-cache")
        let form = try site.get("/test/form")
        #expect(form.finalHeaders["cache-control"] == "no-store" && form.finalHeaders["set-cookie"]?.hasPrefix("tc_visit=") == true)
        let again = try site.get("/test/form", headers: ["cookie": "tc_visit=known"])
        #expect(again.finalHeaders["cache-control"] == "private, no-cache" && again.finalHeaders["set-cookie"] == nil)
    }

    @Test func writesNeedTheirToken() throws {
        let site = try TestSite(routes: Self.probes)
        let alpha = try site.member("alpha"), beta = try site.member("beta-b")
        #expect(try site.post("/test/things", as: alpha).status == 422)
        #expect(try site.post("/test/things", as: .init(cookie: alpha.cookie, formToken: "", tenant: alpha.tenant)).status == 403)
        #expect(try site.post("/test/things", as: .init(cookie: alpha.cookie, formToken: beta.formToken, tenant: alpha.tenant)).status == 403)
        for headers: Headers in [["origin": "http://evil.example"], ["origin": "null"], ["sec-fetch-site": "cross-site"], ["sec-fetch-site": "same-site"]] {
            #expect(try site.post("/test/things", as: alpha, headers: headers).status == 403)
        }
        #expect(try site.post("/test/things", as: alpha, headers: ["origin": "http://localhost", "sec-fetch-site": "same-origin"]).status == 422)
        let script = try site.send("POST", "/test/things", as: alpha, headers: ["x-form-token": alpha.formToken, "content-type": "application/json"], body: Array("{}".utf8))
        #expect(script.status == 422)
    }

    @Test func errorsTellNothingInside() throws {
        let site = try TestSite(routes: Self.probes)
        for path in ["/test/fault", "/test/sql"] {
            let answer = try site.get(path)
            #expect(answer.status == 500)
            for word in ["Fault", "22012", "test.fail", "division"] { #expect(!answer.text.contains(word), "\(path) shows \(word)") }
        }
        #expect(site.lines.all.contains { $0.contains("test.fail") && $0.contains("22012") && $0.contains("\"level\":\"error\"") })
        let member = try site.member("alpha")
        let problem = try site.post("/test/things", as: member, headers: ["accept": "application/json"])
        #expect(problem.headers["content-type"] == "application/problem+json")
        #expect(try JSON(parsing: problem.bytes)["errors"]?.array?.count == 1)
    }

    @Test func streamsGoOnAfterTheLastEvent() throws {
        let site = try TestSite(routes: Self.probes, pool: .streams)
        let output = Pipe()
        guard case .stream(let write) = try site.get("/test/5/events", headers: ["last-event-id": "3"]).body else {
            Issue.record("no stream")
            return
        }
        try write(output)
        #expect(output.text == "id: 4\ndata: n4\n\nid: 5\ndata: n5\n\n")
        #expect(try site.get("/login").status == 421, "the stream pool answers no pages")
        #expect(try TestSite(routes: Self.probes).get("/test/5/events").status == 421, "and the request pool no streams")
    }

    @Test func aReaderWhoLeftEndsTheStream() throws {
        let site = try TestSite(routes: Self.probes, pool: .streams)
        let output = Pipe(closesAfter: 3)
        guard case .stream(let write) = try site.get("/test/1000000/events").body else { return }
        #expect(throws: StreamClosed.self) { try write(output) }
    }

    /// A stream in memory.
    private final class Pipe: ByteStream {
        private(set) var text = ""
        private var left: Int
        init(closesAfter left: Int = .max) { self.left = left }
        var isStopping: Bool { false }
        func send(_ bytes: [UInt8]) throws(StreamClosed) {
            guard left > 0 else { throw StreamClosed() }
            left -= 1
            text += String(decoding: bytes, as: UTF8.self)
        }
        func pause(milliseconds: Int) throws(StreamClosed) {}
    }
}
