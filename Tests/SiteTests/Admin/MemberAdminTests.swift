import Base
import HTTP
import Postgres
import Site
import Storage
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct MemberAdminTests {
    private static let actions = Statement("test.actions", "SELECT action, actor_id, details::jsonb AS details FROM audit_events WHERE tenant_id = app.tenant_id() ORDER BY event_id")

    @Test func suspensionEndsEverythingAndIsWrittenDownTwice() throws {
        let site = try TestSite()
        let admin = try site.member("boss-one", isAdmin: true), other = try site.member("rowan-berg")
        let member = try #require(other.member)
        let path = "/admin/members/\(member)"
        #expect(try site.get("/admin/members?q=row", as: admin).text.contains("rowan-berg@example.org"))
        #expect(try !site.get("/admin/members?q=nobody", as: admin).text.contains("rowan-berg"))
        #expect(try site.get("/admin/members", as: other).status == 404)
        #expect(try site.post(path + "/suspension", as: admin).status == 422, "a reason is needed")
        #expect(try site.post(path + "/suspension", [.init("reason", "flood of tokens")], as: admin).status == 303)
        #expect(try site.get("/account", as: other).status == 303)
        #expect(try site.post(path + "/suspension", [.init("reason", "again")], as: admin).status == 409)
        let theirs = try site.database.transaction(.tenant(other.tenant), .readOnly) { tx in
            try tx.run(Self.actions).map { row in
                let actor: ID<Member>? = try row.idOrNil("actor_id")
                return "\(try row.text("action")) \(actor == nil) \(try row.json("details").text)"
            }
        }
        #expect(theirs == ["account.suspended true {}"], "the member's log names neither administrator nor reason")
        let house = try site.database.transaction(.tenant(RunTable.house), .readOnly) { tx in
            try tx.run(Self.actions).map { "\(try $0.text("action")) \(try $0.json("details").text)" }
        }
        #expect(house == [#"account.suspended {"reason":"flood of tokens"}"#])
        #expect(try site.post(path + "/restoration", as: admin).status == 303)
        #expect(try site.get("/account", as: other).status == 303, "sessions that ended stay ended")
        #expect(try site.post("/admin/members/\(try #require(admin.member))/suspension", [.init("reason", "x")], as: admin).status == 409)
    }

    /// The web role can make nobody an administrator by changing a row.
    @Test func theWebRoleMakesNoAdministrator() throws {
        let site = try TestSite()
        let reader = try site.member("rowan-berg")
        let row = try site.database.transaction(.platform, .readOnly) { try MemberAdminTable.find(named: "rowan-berg", in: $0) }
        let found = try #require(row)
        #expect(throws: PostgresError.self) {
            try site.database.transaction(.tenant(reader.tenant), .readWrite) { try MemberAdminTable.setAdmin(found, true, in: $0) }
        }
    }
}
