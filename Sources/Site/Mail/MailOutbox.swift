internal import Base
internal import HTTP
internal import Jobs
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// Where a request puts its letters: composed here, sealed to the engine, enqueued in the transaction of the act. A
/// letter exists exactly if the act was committed, and the web cannot read it again.
struct MailOutbox {
    let settings: SiteSettings
    let now: Instant
    /// Where the request came from, for letters that tell of an act.
    let place: AuditEvent.Place

    /// A new link of `purpose`: its address for the letter. Older ones of its purpose open nothing from here on. In the
    /// member's home.
    func link(
        _ purpose: MailLinkPurpose, member: ID<Member>, tenant: ID<Tenant>, address: EmailAddress, in tx: borrowing Transaction
    ) throws -> String {
        let token = MailLinkToken()
        try MailLinkTable.void([purpose], member: member, tenant: tenant, in: tx)
        try MailLinkTable.insert(purpose, token: token.digest, member: member, tenant: tenant, address: address, at: now, in: tx)
        return settings.origin + purpose.path + "?token=" + token.text.reveal()
    }

    /// Enqueues `message`, as a job of the tenant in whose scope `tx` began. Use it in that scope.
    func send(_ message: MailMessage, in tx: borrowing Transaction) throws { try enqueue(.message(message), in: tx) }

    /// Enqueues a job like any other that sends nothing.
    func sendNothing(in tx: borrowing Transaction) throws { try enqueue(.nothing, in: tx) }

    private func enqueue(_ envelope: MailEnvelope, in tx: borrowing Transaction) throws {
        let sealed = try settings.keys.mail.seal(envelope.paddedBytes, context: SendMail.sealContext)
        let tenant: ID<Tenant>? = switch tx.scope {
        case .tenant(let id): id
        case .platform: nil
        }
        _ = try JobQueue.enqueue(SendMail(sealed: sealed).request(tenant: tenant), in: tx)
    }

    // MARK: What colleagues call

    /// For sign-up, in the new member's home: a letter with a link, or, where the address belongs to a verified account
    /// already, one that says so. The same statements run either way, and the site's answer must be the same.
    func signedUp(
        member: ID<Member>, tenant: ID<Tenant>, email: EmailAddress, handle: String, in tx: borrowing Transaction
    ) throws {
        let holder = try RecoveryTable.account(of: email, in: tx)
        let mayWrite = try MailThrottle.allows(.address(email), at: now, in: tx)
        let link = try link(.verifyEmail, member: member, tenant: tenant, address: email, in: tx)
        guard mayWrite else { return try sendNothing(in: tx) }
        if let holder, holder.isVerified, holder.member != member {
            try send(MailLetters.addressHasAccount(email, handle: holder.handle, site: settings.origin), in: tx)
        } else {
            let end = MailLinkPurpose.verifyEmail.end(from: now)
            try send(MailLetters.verifyAddress(email, handle: handle, link: link, end: end), in: tx)
        }
    }

    /// Asks for the address again. In the member's home.
    func verifyAddress(
        member: ID<Member>, tenant: ID<Tenant>, email: EmailAddress, handle: String, in tx: borrowing Transaction
    ) throws { try signedUp(member: member, tenant: tenant, email: email, handle: handle, in: tx) }

    /// Tells `member` what was done, if their address is verified: an address that is not may be a stranger's. In any
    /// tenant's scope.
    func notify(_ notice: MailNotice, _ member: ID<Member>, in tx: borrowing Transaction) throws {
        guard let account = try RecoveryTable.account(member, in: tx), account.isVerified else { return }
        try notify(notice, account.email, handle: account.handle, in: tx)
    }

    /// Tells an address what was done to the account `handle`: for accounts that have another address by now, or none.
    func notify(_ notice: MailNotice, _ address: EmailAddress, handle: String, in tx: borrowing Transaction) throws {
        try send(notice.letter(address, handle: handle, on: .init(at: now, place: place), site: settings.origin), in: tx)
    }
}

extension PageContext {
    /// This request's letters.
    var mail: MailOutbox { MailOutbox(settings: frame.settings, now: now, place: requestPlace) }

    /// Where this request came from, as audit log and letters tell it.
    var requestPlace: AuditEvent.Place {
        AuditEvent.Place(network: request.remoteAddress, userAgent: request.headers["user-agent"] ?? "")
    }
}
