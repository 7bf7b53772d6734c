internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// A member's own data: a copy of all of it, and the end of the account.
enum PrivacyRoutes {
    static let routes: [Route] = [
        .account(.get, "/account/data", Requirement(), data),
        .account(.post, "/account/data", Requirement(proof: true), export),
        .steps(.get, "/api/v1/account/export", Requirement(proof: true), account: exportJSON),
        .account(.get, "/account/deletion", Requirement(), confirm),
        .account(.post, "/account/deletion", Requirement(proof: true), delete),
        .visitor(.get, "/account/deleted", deleted),
    ]

    private static func data(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        AccountLayout.page(context, current: .data, title: "Your data", body: PrivacyPages.data(token: context.formTokenField))
    }

    private static func export(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let document = try AccountExportTable.document(of: context.member.member, home: context.home, at: context.now, in: tx)
        try context.audit(.accountExported, in: tx)
        return attachment(document)
    }

    /// Reads, and writes down that it did: hence transactions of its own.
    private static func exportJSON(_ context: AccountContext, _ database: Database) throws -> Response {
        attachment(try database.transaction(.tenant(context.home), .readWrite) { tx in
            try context.audit(.accountExported, in: tx)
            return try AccountExportTable.document(of: context.member.member, home: context.home, at: context.now, in: tx)
        })
    }

    private static func attachment(_ document: [UInt8]) -> Response {
        var response = Response(status: 200, headers: ["content-type": "application/json"], body: document)
        response.headers.set("content-disposition", "attachment; filename=\"tradecraft-account.json\"")
        return response
    }

    private static func confirm(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let teams = try AccountErasureTable.teamsInTheWay(context.member.member, home: context.home, in: tx)
        return page(context, teams: teams)
    }

    private static func page(_ context: AccountContext, teams: [String], error: String? = nil) -> Response {
        AccountLayout.page(
            context, current: .data, title: "Delete your account",
            body: PrivacyPages.deletion(
                handle: context.member.handle, isAdmin: context.member.isAdmin, teams: teams, error: error, token: context.formTokenField),
            status: error == nil ? 200 : 422)
    }

    private static func delete(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let handle = context.member.handle
        var typed = try context.form().text("handle")
        if typed.hasPrefix("@") { typed.removeFirst() }
        let teams = try AccountErasureTable.teamsInTheWay(context.member.member, home: context.home, in: tx)
        guard typed.lowercased() == handle else {
            return page(context, teams: teams, error: "Type \(handle), the name of this account. Nothing was deleted.")
        }
        do {
            let isDone = try AccountErasureTable.erase(
                context.member.member, home: context.home, requestID: context.request.requestID, at: context.now, in: tx)
            // The last letter goes to an address that no row holds any more.
            if isDone, context.member.isVerified, let address = EmailAddress(context.member.email) {
                try context.mail.notify(.accountDeleted, address, handle: handle, in: tx)
            }
        } catch AccountErasureTable.Refusal.administrator {
            throw Problem.conflict("You are an administrator. Have that taken back first, then delete the account.")
        } catch AccountErasureTable.Refusal.lastOwner(let teams) {
            let names = teams.map { "@" + $0 }.joined(separator: ", ")
            throw Problem.conflict("You are the last owner of \(names). Make another member owner, or remove the others, then delete the account.")
        }
        var response = Response.redirect(to: "/account/deleted")
        response.cookies.append(SessionCookie.ended(isSecure: context.request.isSecure))
        return response
    }

    private static func deleted(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        context.page(Page(title: "Account deleted", section: .account, body: PrivacyPages.deleted))
    }
}
