internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// `/signup`. It always makes an account and logs in, whether or not the address has one already: only the mail that
/// follows tells, and only to who reads that mailbox.
enum SignUpRoutes {
    static let routes: [Route] = [
        .visitor(.get, "/signup", form),
        .steps(.post, "/signup", visitor: signUp),
    ]

    private static let act = "sign-up"
    private static let windowSeconds = 3_600

    /// What is asked for, once it is well formed.
    private struct Order {
        let email: EmailAddress
        let handle: Handle
        let password: Secret<String>
        let next: String
        /// One per browser, handle and address: a form that is sent twice makes one account.
        let once: ThrottleBucket
    }

    private static func form(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let next = AccountForms.next(context.request.query)
        if context.viewer != nil { return .redirect(to: next.isEmpty ? LogIn.home : next) }
        return page(context, .init(next: next))
    }

    private static func page(_ context: VisitorContext, _ model: AccountForms.Model, status: Int = 200) -> Response {
        context.page(
            Page(title: "Sign up", section: .account, body: SignUpPages.form(model, token: context.formTokenField)), status: status)
    }

    private static func signUp(_ context: VisitorContext, _ database: Database) throws -> Response {
        let form = try context.form()
        var model = AccountForms.Model(email: form.text("email"), handle: form.text("handle"), next: AccountForms.next(form))
        guard let order = order(form, &model, context) else { return page(context, model, status: 422) }
        let (isFree, wasMade) = try database.transaction(.platform, .readOnly) { tx in
            let free = try MemberTable.freeHandles(among: [order.handle.text], in: tx)
            let isFirst = try ThrottleTable.hasRoom(order.once, max: 1, windowSeconds: windowSeconds, at: context.now, in: tx)
            return (!free.isEmpty, !isFirst)
        }
        if wasMade { return try repeated(order, &model, context, database) }
        guard isFree else { return try taken(order, &model, context, database) }
        try count(context, database)
        let hash = Secret(try context.hashing { try PasswordHash.make(order.password) })
        var random = SystemRandomNumberGenerator()
        let new = MemberTable.NewMember(
            member: ID(at: context.now, random: &random), tenant: ID(at: context.now, random: &random),
            email: order.email.text, handle: order.handle.text, displayName: order.handle.text, passwordHash: hash)
        do {
            let isMade = try database.transaction(.tenant(new.tenant), .readWrite) { try make(new, order, context, in: $0) }
            guard isMade else { return try repeated(order, &model, context, database) }
        } catch MemberTable.Refusal.handleTaken {
            return try taken(order, &model, context, database)
        }
        return try LogIn.start(context, database, member: new.member, home: new.tenant, next: model.next, by: .signUp)
    }

    private static func order(_ form: Fields, _ model: inout AccountForms.Model, _ context: VisitorContext) -> Order? {
        let password = PasswordText.normalised(form["password"])
        let email = EmailAddress(model.email)
        if email == nil { model.errors.append(.init("email", "Enter an email address, such as you@example.org.")) }
        var handle: Handle?
        do { handle = try Handle(model.handle) } catch { model.errors.append(.init("handle", error.sentence)) }
        do {
            try NewPassword.check(password, names: [model.email, model.handle])
        } catch {
            model.errors.append(.init("password", error.sentence))
        }
        guard model.errors.isEmpty, let email, let handle else { return nil }
        // The cookie behind the form's token: nobody else has it, so nobody else's sign-up is answered as a repetition.
        let browser = context.request.cookies[CookieName.visit(isSecure: context.request.isSecure)]
            ?? context.viewer?.session?.description ?? ""
        let once = ThrottleBucket.account("\(browser) \(handle) \(email)", act: "sign-up-once")
        return Order(email: email, handle: handle, password: password, next: model.next, once: once)
    }

    /// Refuses when one network makes too many accounts.
    private static func count(_ context: VisitorContext, _ database: Database) throws {
        let bucket = ThrottleBucket.network(context.request.remoteAddress, act: act)
        let max = Limits.signUpsPerNetworkHourMax
        let seconds = try database.transaction(.platform, .readWrite) { tx in
            if try ThrottleTable.take(bucket, max: max, windowSeconds: windowSeconds, at: context.now, in: tx) { return 0 }
            return try ThrottleTable.secondsToWait(bucket, max: max, windowSeconds: windowSeconds, at: context.now, in: tx)
        }
        guard seconds > 0 else { return }
        throw Problem(
            status: 429, title: "Too many new accounts",
            detail: "Your network made many accounts in the last hour. Try again in \(AccountForms.wait(seconds)).",
            retryAfterSeconds: seconds)
    }

    /// The account, its letter and its line in the log; false when another request of the same form made it first.
    private static func make(
        _ new: MemberTable.NewMember, _ order: Order, _ context: VisitorContext, in tx: borrowing Transaction
    ) throws -> Bool {
        // Waits for the other request, if there is one, and then knows how it ended.
        guard try ThrottleTable.take(order.once, max: 1, windowSeconds: windowSeconds, at: context.now, in: tx) else { return false }
        try MemberTable.insert(new, in: tx)
        try context.mail.signedUp(member: new.member, tenant: new.tenant, email: order.email, handle: new.handle, in: tx)
        try context.audit(
            .signedUp, of: .init("member", new.member.description), tenant: new.tenant, actor: new.member, in: tx)
        return true
    }

    /// The same form again, such as a second click: logs in to the account that the first one made.
    private static func repeated(
        _ order: Order, _ model: inout AccountForms.Model, _ context: VisitorContext, _ database: Database
    ) throws -> Response {
        let found = try database.transaction(.platform, .readOnly) { try MemberTable.credentials(handle: order.handle.text, in: $0) }
        guard let found, found.email == order.email.text, found.isActive else { return try taken(order, &model, context, database) }
        try count(context, database)
        let isRight = try context.hashing { try PasswordHash.verify(order.password, against: found.passwordHash.reveal()) }
        guard isRight else { return try taken(order, &model, context, database) }
        return try LogIn.begin(context, database, found, next: order.next)
    }

    private static func taken(
        _ order: Order, _ model: inout AccountForms.Model, _ context: VisitorContext, _ database: Database
    ) throws -> Response {
        var random = SystemRandomNumberGenerator()
        let candidates = HandleSuggestions.candidates(for: order.handle, random: &random)
        let free = try database.transaction(.platform, .readOnly) { try MemberTable.freeHandles(among: candidates, in: $0) }
        model.suggestions = Array(free.prefix(2))
        model.errors.append(.init("handle", "@\(order.handle) is taken, or looks like one that is. Choose another handle."))
        return page(context, model, status: 422)
    }
}
