import Base
import HTTP
import Marketplace
import Postgres
import Security
import Site
import Storage
import Testing
import TestSupport

/// The site with @crew: ada and owen own it, nobody else is in it yet. beta is in no team.
struct TeamStand {
    let site: TestSite
    let ada: TestSite.Reader
    let owen: TestSite.Reader
    let beta: TestSite.Reader
    let team: ID<Tenant>

    init() throws {
        site = try TestSite()
        ada = try site.member("ada")
        owen = try site.member("owen")
        beta = try site.member("beta")
        let made = try site.post("/account/teams", [.init("name", "The <b>Crew</b>"), .init("handle", "crew")], as: ada)
        try #require(made.status == 303, "\(made.text)")
        let member = try #require(ada.member)
        team = try #require(try site.database.transaction(.platform, .readOnly) { tx in
            try MembershipTable.places(of: member, in: tx).first { $0.isTeam }?.tenant
        })
        try join(owen, "owen", as: .owner)
    }

    /// The same browser at work for `tenant`: its form token is another.
    func at(_ reader: TestSite.Reader, _ tenant: ID<Tenant>) throws -> TestSite.Reader {
        let session = try #require(reader.session)
        return TestSite.Reader(
            cookie: reader.cookie, formToken: TestSite.formToken(session, for: tenant), tenant: tenant, member: reader.member, session: session)
    }

    /// The browser switched to the team.
    func working(_ reader: TestSite.Reader) throws -> TestSite.Reader {
        let answer = try site.post("/account/tenant", [.init("tenant", team.description)], as: reader)
        try #require(answer.status == 303, "\(answer.text)")
        return try at(reader, team)
    }

    func invite(_ email: String, as role: Role = .author, by owner: TestSite.Reader? = nil) throws -> Response {
        try site.post(
            "/account/team/invitations", [.init("email", email), .init("role", role.rawValue)], as: try owner ?? at(ada, team))
    }

    /// Path and query of the newest invitation's link to an address.
    func link(to email: String) throws -> String {
        let links = try MailReader(site: site).letters(to: email).flatMap { MailMessage.links(in: $0.text) }
        let link = try #require(links.last { $0.hasPrefix("http://localhost/link/invitation?token=") })
        return String(link.dropFirst("http://localhost".count))
    }

    func answer(_ link: String, _ word: String, as reader: TestSite.Reader?) throws -> Response {
        try site.press(link, as: reader, [.init("answer", word)])
    }

    func join(_ reader: TestSite.Reader, _ handle: String, as role: Role) throws {
        try #require(try invite("\(handle)@example.org", as: role).status == 303)
        try #require(try answer(try link(to: "\(handle)@example.org"), "accept", as: reader).status == 303)
    }

    func roles() throws -> [String: Role] {
        let rows = try site.database.transaction(.tenant(team), .readOnly) { try MembershipTable.list(in: $0) }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.handle, $0.role) })
    }

    /// The acts that the log of a tenant holds, oldest first.
    func acts(of tenant: ID<Tenant>) throws -> [String] {
        try site.database.transaction(.tenant(tenant), .readOnly) { tx in
            try tx.run(Self.actions, .uuid(tenant)).map { try $0.text("action") }
        }
    }
    private static let actions = Statement("test.actions", "SELECT action FROM audit_events WHERE tenant_id = $1 ORDER BY event_id")

    func json(_ method: String, _ path: String, _ body: JSON? = nil, as reader: TestSite.Reader) throws -> Response {
        var headers: Headers = ["x-form-token": reader.formToken]
        if body != nil { headers.set("content-type", "application/json") }
        return try site.send(method, "/api/v1/team" + path, as: reader, headers: headers, body: body.map { Array($0.text.utf8) } ?? [])
    }
}
