import Base
import HTTP
import Postgres
import Security
import Site
import Storage
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct AccountTests {
    private static let visit = TestSite.Reader(
        cookie: "tc_visit=visitor", formToken: FormToken.derive(from: "visitor"), tenant: ID(high: 0, low: 0))

    /// The session cookie that an answer sets.
    private static func session(_ response: Response) -> String? {
        response.cookies.first { $0.name == "tc_session" && $0.maxAgeSeconds != 0 }?.value
    }

    private static func signUp(_ site: TestSite, handle: String, next: String = "") throws -> Response {
        try site.post("/signup", [.init("email", " \(handle)@Example.org "), .init("handle", handle), .init("password", "seven quiet harbours"), .init("next", next)], as: visit)
    }

    @Test func aMemberComesAndGoes() throws {
        let site = try TestSite()
        let welcome = try Self.signUp(site, handle: "Ada-1", next: "/skills")
        #expect(welcome.status == 303 && welcome.headers["location"] == "/skills")
        let token = try #require(Self.session(welcome))
        let reader = try site.reader(ofSession: token)
        let account = try site.get("/account", as: reader)
        #expect(account.status == 200 && account.text.contains("ada-1@example.org"))
        #expect(try site.get("/login?next=/docs", as: reader).headers["location"] == "/docs")
        #expect(try site.post("/logout", as: reader).status == 303)
        #expect(try site.get("/account", as: reader).status == 303)
        let back = try site.post("/login", [.init("email", "ADA-1@example.org"), .init("password", "seven quiet harbours")], as: Self.visit)
        #expect(back.status == 303 && Self.session(back) != token)
    }

    @Test func wrongPasswordsAndUnknownAddressesLookAlike() throws {
        let site = try TestSite()
        _ = try Self.signUp(site, handle: "ada")
        let wrong = try site.post("/login", [.init("email", "ada@example.org"), .init("password", "wrong words here")], as: Self.visit)
        let unknown = try site.post("/login", [.init("email", "bob@example.org"), .init("password", "wrong words here")], as: Self.visit)
        #expect(wrong.status == 422 && unknown.status == 422)
        #expect(wrong.text.replacing("ada@", with: "bob@") == unknown.text)
        #expect(!wrong.text.contains("wrong words here"))
        #expect(Self.session(wrong) == nil)
    }

    @Test func sessionsEndWithTheirTime() throws {
        let site = try TestSite()
        let reader = try site.member("alpha")
        let digest = try #require(SessionToken.digest(of: String(reader.cookie.dropFirst("tc_session=".count))))
        let inTime = SystemClock().now().advanced(byMilliseconds: Int64(Limits.sessionIdleDaysMax) * Instant.millisecondsPerDay - 60_000)
        let late = inTime.advanced(byMilliseconds: 120_000)
        #expect(try site.database.transaction(.platform, .readOnly) { try LoginSessionTable.find(digest, at: inTime, in: $0)?.member.handle } == "alpha")
        #expect(try site.database.transaction(.platform, .readOnly) { try LoginSessionTable.find(digest, at: late, in: $0)?.member.handle } == nil)
    }

    @Test func namesAreTakenOnce() throws {
        let site = try TestSite()
        #expect(try Self.signUp(site, handle: "ada").status == 303)
        let again = try Self.signUp(site, handle: "ADA")
        #expect(again.status == 422 && again.text.contains("href=\"#handle\""))
        let other = try site.post("/signup", [.init("email", "new@example.org"), .init("handle", "ada"), .init("password", "seven quiet harbours")], as: Self.visit)
        #expect(other.status == 422 && other.text.contains("@ada is taken"))
    }
}
