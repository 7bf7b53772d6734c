internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// Forgotten passwords and verified addresses: what a link in a mail does.
///
/// A GET shows a page with one button and changes nothing, because mail programs and their virus scanners open links; the
/// POST acts, once.
enum RecoveryRoutes {
    static let routes: [Route] = [
        .visitor(.get, "/recover", recoverForm),
        .steps(.post, "/recover", visitor: recover),
        .steps(.get, "/link/reset", visitor: resetForm),
        .steps(.post, "/link/reset", visitor: reset),
        .steps(.get, "/link/verify", visitor: verifyForm),
        .steps(.post, "/link/verify", visitor: verify),
        .account(.get, "/account/verification", Requirement(), verification),
        .account(.post, "/account/verification", Requirement(), sendVerification),
    ]

    // MARK: Forgotten password

    /// The answer takes at least this long, whether or not the address has an account: far more than the work for either.
    private static let recoverMilliseconds: Int64 = 80

    private static func recoverForm(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        recoverPage(context, email: "", errors: [])
    }

    private static func recoverPage(_ context: VisitorContext, email: String, errors: [FieldError]) -> Response {
        context.page(
            Page(title: "Set a new password", section: .account,
                 body: RecoveryPages.recover(email: email, errors: errors, token: context.formTokenField)),
            status: errors.isEmpty ? 200 : 422)
    }

    private static func recover(_ context: VisitorContext, _ database: Database) throws -> Response {
        let typed = try context.form().text("email")
        guard let address = EmailAddress(typed) else {
            return recoverPage(context, email: typed, errors: [
                .init(field: "email", message: "Enter the email address you signed up with, such as you@example.org."),
            ])
        }
        try database.transaction(.platform, .readWrite) { tx in
            try MailThrottle.check(.network(context.request.remoteAddress), at: context.now, in: tx)
            try MailThrottle.check(.address(address), at: context.now, in: tx)
        }
        try context.inEvenTime(milliseconds: recoverMilliseconds) {
            let account = try database.transaction(.platform, .readOnly) { try RecoveryTable.account(of: address, in: $0) }
            try database.transaction(.tenant(account?.tenant ?? RunTable.house), .readWrite) { tx in
                try sendReset(context, account, address, in: tx)
            }
        }
        return context.page(Page(title: "Look into your mailbox", section: .account, body: RecoveryPages.recoverSent(address)))
    }

    /// The same statements whether there is an account or not; for nobody they find nothing and the letter is none.
    private static func sendReset(
        _ context: VisitorContext, _ account: RecoveryTable.Account?, _ address: EmailAddress, in tx: borrowing Transaction
    ) throws {
        let mail = context.mail
        let link = try mail.link(
            .resetPassword, member: account?.member ?? ID(high: 0, low: 0), tenant: account?.tenant ?? RunTable.house, address: address, in: tx)
        try context.auditLink(.passwordResetRequested, account, outcome: account == nil ? .refused : .done, in: tx)
        if let account {
            let end = MailLinkPurpose.resetPassword.end(from: context.now)
            try mail.send(MailLetters.resetPassword(address, handle: account.handle, link: link, end: end), in: tx)
        } else {
            try mail.sendNothing(in: tx)
        }
    }

    private static func resetForm(_ context: VisitorContext, _ database: Database) throws -> Response {
        guard let found = try context.mailLink(.resetPassword, database) else { return context.deadLink(.resetPassword) }
        return try resetPage(context, found, errors: [])
    }

    private static func resetPage(_ context: VisitorContext, _ found: MailLinkTable.Found, errors: [FieldError]) throws -> Response {
        let body = RecoveryPages.newPassword(handle: found.handle, link: try context.mailToken(), errors: errors, token: context.formTokenField)
        return context.secretPage(Page(title: "New password", section: .account, body: body), status: errors.isEmpty ? 200 : 422)
    }

    private static func reset(_ context: VisitorContext, _ database: Database) throws -> Response {
        guard let found = try context.mailLink(.resetPassword, database) else { return context.deadLink(.resetPassword) }
        let password = PasswordText.normalised(Secret(try context.form()["password"] ?? ""))
        do {
            try NewPassword.check(password, names: [found.address.text, found.handle])
        } catch {
            return try resetPage(context, found, errors: [.init(field: "password", message: error.sentence)])
        }
        // Hashed only for a link that opens, so that nobody makes us hash for nothing.
        let hash = Secret(try context.hashing { try PasswordHash.make(password) })
        do {
            let isSet = try database.transaction(.tenant(found.tenant), .readWrite) { tx in
                try setPassword(context, found, hash, in: tx)
            }
            guard isSet else { return context.deadLink(.resetPassword) }
        } catch RecoveryTable.Refusal.addressTaken {
            return taken(context, found.address)
        }
        return context.secretPage(Page(title: "Password set", section: .account, body: RecoveryPages.passwordSet(handle: found.handle)))
    }

    /// False when the link was used meanwhile.
    private static func setPassword(
        _ context: VisitorContext, _ found: MailLinkTable.Found, _ hash: Secret<String>, in tx: borrowing Transaction
    ) throws -> Bool {
        guard let account = try RecoveryTable.lock(found.member, tenant: found.tenant, in: tx),
              try MailLinkTable.use(found, at: context.now, in: tx) else { return false }
        try RecoveryTable.setPassword(hash, of: account, in: tx)
        // Whoever opened the letter has the mailbox.
        if try RecoveryTable.verify(account, address: found.address, at: context.now, in: tx) {
            try context.auditLink(.emailVerified, account, in: tx)
        }
        try RecoveryTable.endSessions(of: account, in: tx)
        try RecoveryTable.forgetDevices(of: account, in: tx)
        // A change of address that somebody else may have begun ends with their session.
        try MailLinkTable.void(MailLinkPurpose.allCases, member: account.member, tenant: account.tenant, in: tx)
        try context.auditLink(.passwordChanged, account, in: tx)
        try context.mail.notify(.passwordChanged, account.member, in: tx)
        return true
    }

    // MARK: Verified addresses

    private static func verifyForm(_ context: VisitorContext, _ database: Database) throws -> Response {
        guard let found = try context.mailLink(.verifyEmail, database) else { return context.deadLink(.verifyEmail) }
        let body = RecoveryPages.confirm(
            .verifyEmail, title: "Confirm your address", text: "\(found.address) belongs to @\(found.handle).", button: "Confirm",
            link: try context.mailToken(), token: context.formTokenField)
        return context.secretPage(Page(title: "Confirm your address", section: .account, body: body))
    }

    private static func verify(_ context: VisitorContext, _ database: Database) throws -> Response {
        guard let found = try context.mailLink(.verifyEmail, database) else { return context.deadLink(.verifyEmail) }
        do {
            let isVerified = try database.transaction(.tenant(found.tenant), .readWrite) { tx in
                guard let account = try RecoveryTable.lock(found.member, tenant: found.tenant, in: tx),
                      try MailLinkTable.use(found, at: context.now, in: tx),
                      try RecoveryTable.verify(account, address: found.address, at: context.now, in: tx) else { return false }
                try context.auditLink(.emailVerified, account, in: tx)
                return true
            }
            guard isVerified else { return context.deadLink(.verifyEmail) }
        } catch RecoveryTable.Refusal.addressTaken {
            return taken(context, found.address)
        }
        let isOwn = context.viewer?.member.member == found.member
        return context.secretPage(Page(title: "Address confirmed", section: .account, body: RecoveryPages.outcome(
            title: "Your address is confirmed", text: "\(found.address) belongs to @\(found.handle).",
            next: isOwn ? "/studio" : "/login", label: isOwn ? "Go on" : "Log in")))
    }

    /// Another account was faster.
    private static func taken(_ context: VisitorContext, _ address: EmailAddress) -> Response {
        context.secretPage(Page(title: "The address is taken", section: .account, body: RecoveryPages.outcome(
            title: "Another account has this address", text: "\(address) was confirmed by another account first, so this one cannot use it. "
                + "Log in to that account, or give this one another address.", next: "/login", label: "Log in")), status: 409)
    }

    private static func verification(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        verificationPage(context, wasSent: context.request.query["sent"] != nil)
    }

    private static func verificationPage(_ context: AccountContext, wasSent: Bool) -> Response {
        context.page(Page(title: "Confirm your address", section: .account, body: RecoveryPages.verification(
            context.member, wasSent: wasSent, token: context.formTokenField)))
    }

    private static func sendVerification(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let member = context.member
        guard !member.isVerified, let email = EmailAddress(member.email) else { return .redirect(to: "/account/verification") }
        try MailThrottle.check(.member(member.member), at: context.now, in: tx)
        try context.mail.verifyAddress(member: member.member, tenant: context.home, email: email, handle: member.handle, in: tx)
        return .redirect(to: "/account/verification?sent=1")
    }
}

extension NewPassword.Refusal {
    /// What to do about it.
    var sentence: String {
        switch self {
        case .tooShort: "Use at least \(Limits.passwordCharactersMin) characters."
        case .tooLong: "Use at most \(Limits.passwordBytesMax) bytes."
        case .common: "This is one of the passwords that everybody tries first. Choose another."
        case .sameAsName: "Choose a password that is not your email or handle."
        }
    }
}
