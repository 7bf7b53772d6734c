internal import Base
internal import Glibc
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// What pages behind mail links share: finding the link that a request brings, and noting what it did.
extension PageContext {
    /// The link of `purpose` whose token the query of a GET or the form of a POST holds; nil when it opens nothing.
    func mailLink(_ purpose: MailLinkPurpose, _ database: Database) throws -> MailLinkTable.Found? {
        guard let digest = MailLinkToken.digest(of: try mailToken()) else { return nil }
        return try database.transaction(.platform, .readOnly) { try MailLinkTable.find(digest, for: purpose, at: now, in: $0) }
    }

    /// The token as it came, or empty.
    func mailToken() throws -> String {
        (request.method.isSafe ? request.query["token"] : try form()["token"]) ?? ""
    }

    /// Notes an act of the member whom a link names, or of nobody known. `account` is nil where there is none: then the
    /// event is the house's.
    func auditLink(
        _ action: AuditAction, _ account: RecoveryTable.Account?, outcome: AuditEvent.Outcome = .done, in tx: borrowing Transaction
    ) throws {
        let isOwn = account != nil && viewer?.member.member == account?.member && viewer?.session != nil
        try AuditTable.record(
            AuditEvent(
                tenant: account?.tenant ?? RunTable.house, actor: account?.member, actorKind: isOwn ? .session : .visitor, action: action,
                object: nil, outcome: outcome, place: requestPlace, requestID: request.requestID, at: now),
            in: tx)
    }

    /// Runs `body` and returns no earlier than `milliseconds` after its start, so that its time does not tell what it found.
    func inEvenTime<Value>(milliseconds: Int64, _ body: () throws -> Value) rethrows -> Value {
        let end = SystemClock.monotonicNanoseconds() + milliseconds * 1_000_000
        let value = try body()
        let left = (end - SystemClock.monotonicNanoseconds()) / 1_000
        if left > 0 { usleep(UInt32(clamping: left)) }
        return value
    }

    /// A page at an address that is a secret: kept nowhere, told to nobody.
    func secretPage(_ page: Page, status: Int = 200) -> Response {
        var response = self.page(page, status: status)
        // Not `no-referrer`: with that browsers send `Origin: null` from our own forms.
        response.headers.set("referrer-policy", "strict-origin")
        response.headers.set("x-robots-tag", "noindex")
        return response
    }

    /// The page for a link that opens nothing: used, replaced, too old, or never ours.
    func deadLink(_ purpose: MailLinkPurpose) -> Response {
        secretPage(Page(title: "This link no longer works", section: .account, body: RecoveryPages.deadLink(purpose, viewer: viewer)), status: 410)
    }
}
