internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// Everything the web knows about accounts: routes first, then handlers in the same order.
enum AccountRoutes {
    static let routes: [Route] = [
        .visitor(.get, "/signup", signUpForm),
        .steps(.post, "/signup", visitor: signUp),
        .visitor(.get, "/login", logInForm),
        .steps(.post, "/login", visitor: logIn),
        .visitor(.post, "/logout", logOut),
        .account(.get, "/account", Requirement(), account),
    ]

    private static func signUpForm(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        if context.viewer != nil { return .redirect(to: destination(context.request.query)) }
        return signUpPage(context, .init(next: next(context.request.query)))
    }

    private static func signUp(_ context: VisitorContext, _ database: Database) throws -> Response {
        let form = try context.form()
        let password = Secret(form["password"] ?? "")
        var model = AccountPages.FormModel(email: form.text("email"), handle: form.text("handle"), next: next(form))
        let email = EmailAddress(model.email)
        if email == nil { model.errors.append(.init("email", "Enter an email address, such as you@example.org.")) }
        var handle: Handle?
        do { handle = try Handle(model.handle) } catch { model.errors.append(.init("handle", sentence(error))) }
        do {
            try NewPassword.check(password, names: [model.email, model.handle])
        } catch {
            model.errors.append(.init("password", sentence(error)))
        }
        guard model.errors.isEmpty, let email, let handle else { return signUpPage(context, model, status: 422) }
        let hash = try context.hashing { try PasswordHash.make(password) }
        var random = SystemRandomNumberGenerator()
        let new = MemberTable.NewMember(
            member: ID(at: context.now, random: &random), tenant: ID(at: context.now, random: &random),
            email: email.text, handle: handle.text, displayName: handle.text, passwordHash: Secret(hash))
        do {
            try database.transaction(.tenant(new.tenant), .readWrite) { try MemberTable.insert(new, in: $0) }
        } catch let refusal as MemberTable.Refusal {
            switch refusal {
            case .handleTaken: model.errors.append(.init("handle", "@\(handle) is taken. Choose another handle."))
            }
            return signUpPage(context, model, status: 422)
        }
        return try startSession(context, database, member: new.member, tenant: new.tenant, next: model.next)
    }

    private static func logInForm(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        if context.viewer != nil { return .redirect(to: destination(context.request.query)) }
        return logInPage(context, .init(next: next(context.request.query)))
    }

    private static func logIn(_ context: VisitorContext, _ database: Database) throws -> Response {
        let form = try context.form()
        let password = Secret(form["password"] ?? "")
        var model = AccountPages.FormModel(email: form.text("email"), next: next(form))
        if EmailAddress(model.email) == nil { model.errors.append(.init("email", "Enter the email address you signed up with.")) }
        if password.reveal().isEmpty { model.errors.append(.init("password", "Enter your password.")) }
        guard model.errors.isEmpty, let email = EmailAddress(model.email) else { return logInPage(context, model, status: 422) }
        // One hash is checked whether the account exists or not, so that the time taken does not tell.
        let isTooLong = password.reveal().utf8.count > Limits.passwordBytesMax
        let attempt = isTooLong ? Secret("") : password
        let isRight: (MemberTable.Credentials?) throws -> Bool = { credentials in
            try PasswordHash.verify(attempt, against: credentials?.passwordHash.reveal() ?? PasswordHash.ofNobody)
        }
        let (credentials, isCorrect) = try context.hashing {
            let found = try database.transaction(.platform, .readOnly) { try MemberTable.credentials(email: email.text, in: $0) }
            return (found, try isRight(found))
        }
        guard let credentials, isCorrect, credentials.isActive else {
            model.errors.append(.init("email", "This email and password do not belong together. Check both and try again."))
            return logInPage(context, model, status: 422)
        }
        return try startSession(context, database, member: credentials.member, tenant: credentials.tenant, next: model.next)
    }

    private static func logOut(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        if let viewer = context.viewer, let session = viewer.session {
            let home = viewer.member.tenant
            try ActingTenant.run(as: home, backTo: viewer.tenant, in: tx) { tx in
                try LoginSessionTable.delete(session, tenant: home, in: tx)
                try context.audit(.loggedOut, of: .init("session", session.description), tenant: home, in: tx)
            }
        }
        var response = Response.redirect(to: "/")
        response.cookies.append(SessionCookie.ended(isSecure: context.request.isSecure))
        return response
    }

    private static func account(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        context.page(Page(
            title: "Your account", section: .account,
            body: AccountPages.account(context.member, token: context.formTokenField)))
    }

    // MARK: What the handlers share

    private static func signUpPage(_ context: VisitorContext, _ model: AccountPages.FormModel, status: Int = 200) -> Response {
        context.page(Page(
            title: "Sign up", section: .account, body: AccountPages.signUp(model, token: context.formTokenField)), status: status)
    }

    private static func logInPage(_ context: VisitorContext, _ model: AccountPages.FormModel, status: Int = 200) -> Response {
        context.page(Page(
            title: "Log in", section: .account, body: AccountPages.logIn(model, token: context.formTokenField)), status: status)
    }

    /// A session of its own for every log-in: a token from before is never promoted. The old one, if any, ends.
    private static func startSession(
        _ context: VisitorContext, _ database: Database, member: ID<Member>, tenant: ID<Tenant>, next: String
    ) throws -> Response {
        let token = SessionToken()
        if let viewer = context.viewer, let old = viewer.session {
            try database.transaction(.tenant(viewer.member.tenant), .readWrite) {
                try LoginSessionTable.delete(old, tenant: viewer.member.tenant, in: $0)
            }
        }
        var random = SystemRandomNumberGenerator()
        let session = ID<LoginSession>(at: context.now, random: &random)
        try database.transaction(.tenant(tenant), .readWrite) { tx in
            try LoginSessionTable.insert(
                .init(id: session, member: member, tenant: tenant, userAgent: context.request.headers["user-agent"] ?? "",
                      network: context.request.remoteAddress),
                token: token.digest, at: context.now, in: tx)
            try context.audit(.loggedIn, of: .init("session", session.description), tenant: tenant, actor: member, in: tx)
        }
        var response = Response.redirect(to: next.isEmpty ? "/studio" : next)
        response.cookies.append(SessionCookie.make(token, isSecure: context.request.isSecure))
        return response
    }

    /// Where to go afterwards: a path of ours, or nothing.
    private static func next(_ fields: Fields) -> String {
        guard let next = fields["next"], Response.isLocal(next) else { return "" }
        return next
    }

    private static func destination(_ fields: Fields) -> String {
        let next = next(fields)
        return next.isEmpty ? "/studio" : next
    }

    private static func sentence(_ refusal: Handle.Refusal) -> String {
        switch refusal {
        case .length: "Choose a handle of \(Handle.charactersMin) to \(Handle.charactersMax) characters."
        case .characters: "Use a–z, 0–9 and single hyphens between them."
        case .reserved: "This handle is reserved. Choose another."
        }
    }

    private static func sentence(_ refusal: NewPassword.Refusal) -> String {
        switch refusal {
        case .tooShort: "Use at least \(Limits.passwordCharactersMin) characters."
        case .tooLong: "Use at most \(Limits.passwordBytesMax) bytes."
        case .common: "This is one of the passwords that everybody tries first. Choose another."
        case .sameAsName: "Choose a password that is not your email or handle."
        }
    }
}
