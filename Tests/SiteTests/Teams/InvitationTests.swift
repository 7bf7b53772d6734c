import Base
import HTTP
import Marketplace
import Postgres
import Site
import Storage
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct InvitationTests {
    /// What a page says, without what differs for every request.
    private static func plain(_ response: Response) -> String {
        response.text.split(separator: "\n").filter { !$0.contains("hash--whole") && !$0.contains("form_token") && !$0.contains("form-token") }.joined(separator: "\n")
    }

    @Test func invitingSaysTheSameForKnownAndUnknownAddresses() throws {
        let stand = try TeamStand()
        let known = try stand.invite("beta@example.org"), unknown = try stand.invite("nobody@example.org")
        #expect(known.status == 303 && known.headers["location"] == unknown.headers["location"])
        // Nor does inviting a member of the team tell that the address is theirs.
        let member = try stand.invite("owen@example.org")
        #expect(member.status == 303 && member.headers["location"] == known.headers["location"])
        for address in ["beta@example.org", "nobody@example.org", "owen@example.org"] {
            #expect(try MailReader(site: stand.site).letters(to: address).last?.subject == "@ada invites you to join @crew")
        }
        let bad = try stand.invite("not an address")
        #expect(bad.status == 422 && bad.text.contains("not an address") && bad.text.contains("href=\"#email\""))
        // The one who is a member already keeps their role.
        let link = try stand.link(to: "owen@example.org")
        #expect(try stand.site.get(link, as: stand.owen).text.contains("You are in this team already"))
        #expect(try stand.answer(link, "accept", as: stand.owen).status == 303)
        #expect(try stand.roles() == ["ada": .owner, "owen": .owner])
    }

    @Test func theLinkKnowsWhoOpensIt() throws {
        let stand = try TeamStand()
        let site = stand.site
        _ = try stand.invite("beta@example.org", as: .viewer)
        let link = try stand.link(to: "beta@example.org"), secret = MailReader.token(link)
        // Signed out: log in, and the secret goes into no other address.
        let out = try site.get(link)
        #expect(out.status == 200 && out.text.contains("/login?next=/account/teams") && !out.text.contains(secret))
        #expect(out.text.contains("The &lt;b&gt;Crew") && out.text.contains("@ada invites you"))
        #expect(try stand.answer(link, "accept", as: TestSite.visitor).status == 401)
        // Another account: clear words, no way in, and the address is not told.
        let other = try site.member("other")
        let wrong = try site.get(link, as: other)
        #expect(wrong.text.contains("another address") && !wrong.text.contains("beta@") && !wrong.text.contains("Join @crew</button>"))
        #expect(try stand.answer(link, "accept", as: other).status == 404)
        // The address alone is not enough, it must be verified.
        _ = try stand.invite("una@example.org")
        let una = try site.member("una", isVerified: false)
        let hers = try stand.link(to: "una@example.org")
        #expect(try site.get(hers, as: una).text.contains("Confirm your mail address first"))
        #expect(try stand.answer(hers, "accept", as: una).status == 403)
        #expect(try !site.get("/account/teams", as: una).text.contains("@crew"))
        // The right one, twice.
        #expect(try site.get(link, as: stand.beta).text.contains("Join @crew"))
        #expect(try stand.answer(link, "perhaps", as: stand.beta).status == 422)
        for _ in 0..<2 { #expect(try stand.answer(link, "accept", as: stand.beta).headers["location"] == "/account/teams?done=joined") }
        #expect(try stand.roles() == ["ada": .owner, "owen": .owner, "beta": .viewer])
        // Spent.
        #expect(try site.get(link, as: stand.beta).status == 404)
        #expect(try stand.answer(link, "accept", as: other).status == 404)
    }

    @Test func olderRevokedAndDeclinedLinksOpenNothing() throws {
        let stand = try TeamStand()
        let site = stand.site, ada = try stand.at(stand.ada, stand.team)
        func id() throws -> String {
            let list = try JSON(parsing: try stand.json("GET", "/invitations", as: ada).bytes)["items"]?.array ?? []
            return try #require(list.first?["id"]?.string)
        }
        _ = try stand.invite("beta@example.org")
        let first = try stand.link(to: "beta@example.org")
        let unknown = try site.get("/link/invitation?token=" + String(repeating: "A", count: 43))
        #expect(unknown.status == 404)
        #expect(try site.post("/account/team/invitations/\(try id())/resend", as: ada).status == 303)
        let second = try stand.link(to: "beta@example.org")
        #expect(first != second)
        #expect(try Self.plain(site.get(first)) == Self.plain(unknown))
        #expect(try site.get(second).status == 200)
        #expect(try site.post("/account/team/invitations/\(try id())/revocation", as: ada).status == 303)
        #expect(try Self.plain(site.get(second)) == Self.plain(unknown))
        _ = try stand.invite("beta@example.org")
        let third = try stand.link(to: "beta@example.org")
        #expect(try stand.answer(third, "decline", as: stand.beta).status == 303)
        #expect(try stand.answer(third, "accept", as: stand.beta).status == 404)
        #expect(try stand.roles()["beta"] == nil)
        #expect(try stand.acts(of: stand.team).suffix(3) == ["team.invitation_revoked", "team.member_invited", "team.invitation_declined"])
    }

    @Test func invitationsWaitInTheAccount() throws {
        let stand = try TeamStand()
        let site = stand.site
        _ = try stand.invite("beta@example.org", as: .trader)
        let page = try site.get("/account/teams", as: stand.beta)
        let start = try #require(page.text.firstRange(of: "/account/invitations/"))
        let id = String(page.text[start.upperBound...].prefix(36))
        // To anybody else it is as absent as one that never was.
        let other = try site.member("other")
        let refused = try site.post("/account/invitations/\(id)", [.init("answer", "accept")], as: other)
        let missing = try site.post("/account/invitations/\(newID() as ID<Invitation>)", [.init("answer", "accept")], as: other)
        #expect(refused.status == 404 && Self.plain(refused) == Self.plain(missing))
        for _ in 0..<2 { #expect(try site.post("/account/invitations/\(id)", [.init("answer", "accept")], as: stand.beta).status == 303) }
        #expect(try stand.roles()["beta"] == .trader)
    }

    @Test func anotherTeamsThingsAnswerAsUnknownOnes() throws {
        let stand = try TeamStand()
        let site = stand.site
        _ = try stand.invite("friend@example.org")
        let ada = try stand.at(stand.ada, stand.team)
        let list = try JSON(parsing: try stand.json("GET", "/invitations", as: ada).bytes)["items"]?.array ?? []
        let invitation = try #require(list.first?["id"]?.string), member = try #require(stand.ada.member).description
        #expect(try site.post("/account/teams", [.init("name", "Rivals"), .init("handle", "rivals")], as: stand.beta).status == 303)
        let place = try site.database.transaction(.platform, .readOnly) { tx in
            try MembershipTable.places(of: stand.beta.member ?? newID(), in: tx).first { $0.isTeam }?.tenant
        }
        let beta = try stand.at(stand.beta, try #require(place))
        let unknown = (newID() as ID<Member>).description
        for (path, fields) in [
            ("/account/team/invitations/ID/resend", []), ("/account/team/invitations/ID/revocation", []),
            ("/account/team/members/ID/role", [Fields.Pair("role", "viewer")]), ("/account/team/members/ID/removal", []),
            ("/account/team/members/ID/transfer", [Fields.Pair("role", "viewer")]),
        ] {
            let theirs = try site.post(path.replacing("ID", with: path.contains("invitations") ? invitation : member), fields, as: beta)
            let nobodys = try site.post(path.replacing("ID", with: unknown), fields, as: beta)
            #expect(theirs.status == 404 && Self.plain(theirs) == Self.plain(nobodys), "\(path): \(theirs.status)")
        }
        #expect(try site.get("/account/team/members/\(member)", as: beta).status == 404)
        for (method, path) in [("PATCH", "/members/\(member)"), ("DELETE", "/members/\(member)"), ("DELETE", "/invitations/\(invitation)")] {
            #expect(try stand.json(method, path, method == "PATCH" ? ["role": "viewer"] : nil, as: beta).status == 404)
        }
        let items = try JSON(parsing: try stand.json("GET", "/members", as: beta).bytes)["items"]?.array ?? []
        #expect(items.map { $0["handle"]?.string } == ["beta"])
        let open = try JSON(parsing: try stand.json("GET", "/invitations", as: beta).bytes)["items"]?.array ?? []
        #expect(open.isEmpty)
        #expect(try stand.roles() == ["ada": .owner, "owen": .owner])
    }

    @Test func theAPIInvites() throws {
        let stand = try TeamStand()
        let ada = try stand.at(stand.ada, stand.team)
        let made = try stand.json("POST", "/invitations", ["email": "New@Example.org", "role": "viewer"], as: ada)
        let json = try JSON(parsing: made.bytes)
        #expect(made.status == 201 && json["email"]?.string == "new@example.org" && json["role"]?.string == "viewer" && json["token"] == nil)
        #expect(try stand.site.get(stand.link(to: "new@example.org")).status == 200)
        #expect(try stand.json("POST", "/invitations", ["email": "x", "role": "king"], as: ada).status == 422)
        #expect(try stand.json("POST", "/invitations", [:], as: ada).status == 422)
        let id = try #require(json["id"]?.string)
        #expect(try stand.json("DELETE", "/invitations/\(id)", as: ada).status == 204)
        #expect(try stand.json("DELETE", "/invitations/\(id)", as: ada).status == 404)
        // One's own account takes nobody in.
        let refused = try stand.json("POST", "/invitations", ["email": "new@example.org", "role": "viewer"], as: stand.beta)
        #expect(refused.status == 409 && refused.text.contains("personal account"))
        let page = try stand.site.post("/account/team/invitations", [.init("email", "new@example.org"), .init("role", "viewer")], as: stand.beta)
        #expect(page.status == 409 && page.text.contains("Make a team"))
    }
}
