internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// `/account`: who one is here, the name beside the handle, the password.
enum AccountRoutes {
    static let routes: [Route] = [
        .account(.get, "/account", Requirement(), account),
        .account(.post, "/account/display-name", Requirement(), setDisplayName),
        .account(.get, "/account/password", Requirement(proof: true), passwordForm),
        .steps(.post, "/account/password", Requirement(proof: true), account: setPassword),
    ]

    static let displayNameCharactersMax = 80

    private static func account(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let name = try AuthorTable.find(handle: context.member.handle, in: tx)?.displayName ?? context.member.handle
        return try accountPage(context, displayName: name, .init(), in: tx)
    }

    private static func accountPage(
        _ context: AccountContext, displayName: String, _ model: AccountForms.Model, in tx: borrowing Transaction
    ) throws -> Response {
        let sessions = try LoginSessionTable.list(context.member.member, tenant: context.home, at: context.now, in: tx)
        return AccountLayout.page(
            context, current: .account, title: "Your account",
            body: AccountPages.account(
                context.member, displayName: displayName, sessions: sessions.count, model, token: context.formTokenField),
            status: model.errors.isEmpty ? 200 : 422)
    }

    private static func setDisplayName(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let name = try context.form().text("display_name")
        let isPlain = name.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            // Line breaks, and what turns text around or hides in it.
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
            default: true
            }
        }
        guard !name.isEmpty, name.unicodeScalars.count <= displayNameCharactersMax, isPlain else {
            var model = AccountForms.Model()
            model.errors = [.init("display_name", "Use 1 to \(displayNameCharactersMax) letters, digits and signs.")]
            return try accountPage(context, displayName: name, model, in: tx)
        }
        try MemberTable.setDisplayName(name, of: context.home, in: tx)
        return .redirect(to: "/account")
    }

    private static func passwordForm(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        passwordPage(context, .init())
    }

    private static func passwordPage(_ context: AccountContext, _ model: AccountForms.Model) -> Response {
        AccountLayout.page(
            context, current: .security, title: "Change your password",
            body: AccountPages.password(context.member, model, token: context.formTokenField),
            status: model.errors.isEmpty ? 200 : 422)
    }

    /// A new password ends every other session and every log-in half done, and is told by mail.
    private static func setPassword(_ context: AccountContext, _ database: Database) throws -> Response {
        let password = PasswordText.normalised(try context.form()["new_password"])
        var model = AccountForms.Model()
        do {
            try NewPassword.check(password, names: [context.member.email, context.member.handle])
        } catch {
            model.errors.append(.init("new_password", error.sentence))
            return passwordPage(context, model)
        }
        let hash = Secret(try context.hashing { try PasswordHash.make(password) })
        let member = context.member.member, home = context.home
        try database.transaction(.tenant(home), .readWrite) { tx in
            guard let account = try RecoveryTable.lock(member, tenant: home, in: tx) else { throw Problem.notFound }
            try RecoveryTable.setPassword(hash, of: account, in: tx)
            let ended = try LoginSessionTable.revokeOthers(than: context.who.session, of: member, tenant: home, in: tx)
            try RecoveryTable.endSessions(of: account, but: context.who.session, in: tx)
            try context.audit(
                .passwordChanged, of: .init("member", member.description), details: ["sessions_ended": .int(ended.count)], in: tx)
            try context.mail.notify(.passwordChanged, member, in: tx)
        }
        return .redirect(to: "/account/sessions")
    }
}
