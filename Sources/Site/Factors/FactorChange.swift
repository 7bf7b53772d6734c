internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// What every change of a member's second factors does besides: it is noted on the member, ends all other sessions, stands
/// in the log and is told by mail, in the transaction of the change.
enum FactorChange {
    /// The member, whom no other request changes meanwhile.
    static func lock(_ context: AccountContext, in tx: borrowing Transaction) throws -> RecoveryTable.Account {
        guard let account = try RecoveryTable.lock(context.member.member, tenant: context.home, in: tx) else { throw Problem.notFound }
        return account
    }

    /// After the change, in its transaction.
    static func finish(
        _ account: RecoveryTable.Account, _ action: AuditAction, of object: AuditEvent.Object, _ notice: MailNotice,
        _ context: AccountContext, in tx: borrowing Transaction
    ) throws {
        try FactorTable.settle(account.member, tenant: account.tenant, at: context.now, in: tx)
        try RecoveryTable.endSessions(of: account, but: context.who.session, in: tx)
        try context.audit(action, of: object, in: tx)
        try context.mail.notify(notice, account.member, in: tx)
    }

    /// Refuses to take the last factor from a member whose team asks for one. `left` are the factors that stay.
    static func checkLast(left: Int, _ account: RecoveryTable.Account, in tx: borrowing Transaction) throws {
        guard left == 0, let team = try FactorTable.teamsDemanding(of: account.member, in: tx).first else { return }
        throw Problem(
            status: 409, title: "@\(team) asks for a second factor",
            detail: "This is your last one, and the team @\(team) asks its members to have one. Add another factor first, or leave the team.",
            type: "/docs/api#second-factor")
    }

    /// A fresh set where the member has no code left; nil where they have some. Hashing takes half a second: outside of any
    /// transaction.
    static func freshCodes(_ context: AccountContext, _ database: Database) throws -> [RecoveryCode]? {
        let overview = try database.transaction(.tenant(context.home), .readOnly) {
            try FactorTable.overview(of: context.member.member, tenant: context.home, in: $0)
        }
        return overview.recoveryCodesLeft > 0 ? nil : try context.hashing { try RecoveryCodes.make() }
    }

    /// The member has these codes from now on. In the transaction of the change that asked for them.
    static func store(
        _ codes: [RecoveryCode], _ account: RecoveryTable.Account, _ context: AccountContext, in tx: borrowing Transaction
    ) throws {
        let rows = codes.map { RecoveryCodeTable.New(selector: $0.selector, hash: $0.hash) }
        try RecoveryCodeTable.replace(rows, of: account.member, tenant: account.tenant, at: context.now, in: tx)
        try context.audit(.recoveryCodesMade, details: ["count": .int(codes.count)], in: tx)
        try context.mail.notify(.recoveryCodesMade, account.member, in: tx)
    }
}
