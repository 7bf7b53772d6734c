internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// Changing an account's address: a proof of identity, then a yes from the old mailbox and one from the new.
enum EmailChangeRoutes {
    static let routes: [Route] = [
        .account(.get, "/account/email", Requirement(), form),
        .account(.post, "/account/email", Requirement(proof: true), ask),
        .account(.post, "/account/email/cancel", Requirement(), withdraw),
        .steps(.get, "/link/email-old", visitor: confirmOldForm),
        .steps(.post, "/link/email-old", visitor: confirmOld),
        .steps(.get, "/link/email-new", visitor: confirmNewForm),
        .steps(.post, "/link/email-new", visitor: confirmNew),
        .steps(.get, "/link/email-cancel", visitor: cancelForm),
        .steps(.post, "/link/email-cancel", visitor: cancel),
    ]

    // MARK: The account's page

    private static func form(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        try page(context, typed: "", errors: [], in: tx)
    }

    private static func page(
        _ context: AccountContext, typed: String, errors: [FieldError], in tx: borrowing Transaction
    ) throws -> Response {
        let pending = try MailLinkTable.emailChange(of: context.member.member, tenant: context.home, at: context.now, in: tx)
        return context.page(
            Page(title: "Change your address", section: .account, body: RecoveryPages.email(
                context.member, pending: pending, typed: typed, errors: errors, token: context.formTokenField)),
            status: errors.isEmpty ? 200 : 422)
    }

    private static func ask(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let typed = try context.form().text("email")
        guard let new = EmailAddress(typed) else {
            return try page(context, typed: typed, errors: [.init(field: "email", message: "Enter an email address, such as you@example.org.")], in: tx)
        }
        guard let account = try RecoveryTable.lock(context.member.member, tenant: context.home, in: tx) else { throw Problem.notFound }
        guard new != account.email else {
            return try page(context, typed: typed, errors: [.init(field: "email", message: "Your account has this address already.")], in: tx)
        }
        try MailThrottle.check(.member(account.member), at: context.now, in: tx)
        try MailThrottle.check(.address(new), at: context.now, in: tx)
        try begin(context, account, new, in: tx)
        return .redirect(to: "/account/email")
    }

    /// Writes to both addresses. One that has an account gets a letter that says so; nothing here tells which it was.
    private static func begin(
        _ context: AccountContext, _ account: RecoveryTable.Account, _ new: EmailAddress, in tx: borrowing Transaction
    ) throws {
        let mail = context.mail
        let end = MailLinkPurpose.changeEmailNew.end(from: context.now)
        let holder = try RecoveryTable.account(of: new, in: tx)
        try MailLinkTable.void(MailLinkPurpose.emailChange, member: account.member, tenant: account.tenant, in: tx)
        func link(_ purpose: MailLinkPurpose) throws -> String {
            try mail.link(purpose, member: account.member, tenant: account.tenant, address: new, in: tx)
        }
        let confirmNew = try link(.changeEmailNew)
        if let holder, holder.isVerified {
            try mail.send(
                MailLetters.changeAddressTaken(new, handle: holder.handle, asking: account.handle, site: context.frame.settings.origin), in: tx)
        } else {
            try mail.send(
                MailLetters.changeAddressNew(
                    new, handle: account.handle, confirm: confirmNew, oldMustConfirm: account.isVerified, end: end), in: tx)
        }
        // An address that was never confirmed may be a stranger's, or misspelt: it has no say and gets no letter.
        if account.isVerified {
            let confirmOld = try link(.changeEmailOld), cancel = try link(.changeEmailCancel)
            try mail.send(
                MailLetters.changeAddressOld(
                    account.email, handle: account.handle, new: new, confirm: confirmOld, cancel: cancel, end: end), in: tx)
        }
        try context.auditLink(.emailChangeRequested, account, in: tx)
    }

    private static func withdraw(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        guard let account = try RecoveryTable.lock(context.member.member, tenant: context.home, in: tx) else { throw Problem.notFound }
        try MailLinkTable.void(MailLinkPurpose.emailChange, member: account.member, tenant: account.tenant, in: tx)
        try context.auditLink(.emailChangeCancelled, account, in: tx)
        return .redirect(to: "/account/email")
    }

    // MARK: Links

    private static func confirmOldForm(_ context: VisitorContext, _ database: Database) throws -> Response {
        try button(context, .changeEmailOld, database, title: "Change the address?", label: "Yes, change it") {
            "@\($0.handle) is to have the address \($0.address) in place of this one. Both addresses must confirm."
        }
    }

    private static func confirmNewForm(_ context: VisitorContext, _ database: Database) throws -> Response {
        try button(context, .changeEmailNew, database, title: "Use this address?", label: "Yes, use it") {
            "@\($0.handle) is to have the address \($0.address)."
        }
    }

    private static func cancelForm(_ context: VisitorContext, _ database: Database) throws -> Response {
        try button(context, .changeEmailCancel, database, title: "Cancel the change?", label: "Cancel the change") {
            "@\($0.handle) keeps its address and does not change to \($0.address)."
        }
    }

    private static func button(
        _ context: VisitorContext, _ purpose: MailLinkPurpose, _ database: Database, title: String, label: String,
        _ text: (MailLinkTable.Found) -> String
    ) throws -> Response {
        guard let found = try context.mailLink(purpose, database) else { return context.deadLink(purpose) }
        let body = RecoveryPages.confirm(
            purpose, title: title, text: text(found), button: label, link: try context.mailToken(), token: context.formTokenField)
        return context.secretPage(Page(title: title, section: .account, body: body))
    }

    private static func confirmOld(_ context: VisitorContext, _ database: Database) throws -> Response {
        try confirm(context, .changeEmailOld, database)
    }

    private static func confirmNew(_ context: VisitorContext, _ database: Database) throws -> Response {
        try confirm(context, .changeEmailNew, database)
    }

    private enum Step { case dead, waiting, changed }

    private static func confirm(_ context: VisitorContext, _ purpose: MailLinkPurpose, _ database: Database) throws -> Response {
        guard let found = try context.mailLink(purpose, database) else { return context.deadLink(purpose) }
        let step: Step
        do {
            step = try database.transaction(.tenant(found.tenant), .readWrite) { tx in try confirm(context, found, in: tx) }
        } catch RecoveryTable.Refusal.addressTaken {
            try database.transaction(.tenant(found.tenant), .readWrite) { tx in
                try MailLinkTable.void(MailLinkPurpose.emailChange, member: found.member, tenant: found.tenant, in: tx)
            }
            return outcome(context, "Another account has this address", "\(found.address) was confirmed by another account meanwhile. "
                + "@\(found.handle) keeps the address it had.", status: 409)
        }
        switch step {
        case .dead: return context.deadLink(purpose)
        case .waiting:
            let other = purpose == .changeEmailOld ? "new" : "old"
            return outcome(context, "Confirmed", "Now the \(other) address must confirm: open the link in the mail that went there.")
        case .changed:
            return outcome(context, "The address is changed", "@\(found.handle) has the address \(found.address). "
                + "Sessions on other devices were ended.")
        }
    }

    /// One yes; with the second the address changes.
    private static func confirm(
        _ context: VisitorContext, _ found: MailLinkTable.Found, in tx: borrowing Transaction
    ) throws -> Step {
        guard let account = try RecoveryTable.lock(found.member, tenant: found.tenant, in: tx),
              try MailLinkTable.use(found, at: context.now, in: tx),
              let change = try MailLinkTable.emailChange(of: account.member, tenant: account.tenant, at: context.now, in: tx)
        else { return .dead }
        guard change.isComplete else { return .waiting }
        try RecoveryTable.changeEmail(of: account, to: change.to, at: context.now, in: tx)
        // Links that went to the old address open nothing any more.
        try MailLinkTable.void(MailLinkPurpose.allCases, member: account.member, tenant: account.tenant, in: tx)
        let isOwn = context.viewer?.member.member == account.member
        try RecoveryTable.endSessions(of: account, but: isOwn ? context.viewer?.session : nil, in: tx)
        try context.auditLink(.emailChanged, account, in: tx)
        let notice = MailNotice.emailChanged(to: change.to)
        try context.mail.notify(notice, change.to, handle: account.handle, in: tx)
        if account.isVerified { try context.mail.notify(notice, account.email, handle: account.handle, in: tx) }
        return .changed
    }

    private static func cancel(_ context: VisitorContext, _ database: Database) throws -> Response {
        guard let found = try context.mailLink(.changeEmailCancel, database) else { return context.deadLink(.changeEmailCancel) }
        let isCancelled = try database.transaction(.tenant(found.tenant), .readWrite) { tx in
            guard let account = try RecoveryTable.lock(found.member, tenant: found.tenant, in: tx),
                  try MailLinkTable.use(found, at: context.now, in: tx) else { return false }
            try MailLinkTable.void(MailLinkPurpose.emailChange, member: account.member, tenant: account.tenant, in: tx)
            try context.auditLink(.emailChangeCancelled, account, in: tx)
            return true
        }
        guard isCancelled else { return context.deadLink(.changeEmailCancel) }
        return context.secretPage(Page(title: "Cancelled", section: .account, body: RecoveryPages.outcome(
            title: "The change is cancelled", text: "@\(found.handle) keeps its address. If it was not you who asked for another one, "
                + "somebody knows your password: set a new one.", next: "/recover", label: "Set a new password")))
    }

    private static func outcome(_ context: VisitorContext, _ title: String, _ text: String, status: Int = 200) -> Response {
        let isIn = context.viewer != nil
        let body = RecoveryPages.outcome(title: title, text: text, next: isIn ? "/account/email" : "/login", label: isIn ? "Your account" : "Log in")
        return context.secretPage(Page(title: title, section: .account, body: body), status: status)
    }
}
