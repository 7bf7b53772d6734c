internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// What protects an account: the overview, the authenticator app and the recovery codes.
enum SecurityRoutes {
    static let path = "/account/security"
    static let appPath = "/account/security/app"

    static let routes: [Route] = [
        .account(.get, path, Requirement(), overview),
        .account(.get, appPath, Requirement(verified: true, proof: true), appForm),
        .account(.post, appPath, Requirement(verified: true, proof: true), startApp),
        .steps(.post, "/account/security/app/confirmation", Requirement(verified: true, proof: true), account: confirmApp),
        .account(.post, "/account/security/app/removal", Requirement(proof: true), removeApp),
        .steps(.post, "/account/security/recovery-codes", Requirement(proof: true), account: makeCodes),
    ]

    // MARK: The overview

    private static func overview(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let member = context.member.member
        let app = try TotpFactorTable.confirmed(of: member, tenant: context.home, in: tx)
        let model = SecurityPages.Model(
            appSince: app?.since, appLastUsed: app.map { Instant(milliseconds: $0.lastStep * Totp.stepSeconds * 1_000) },
            passkeys: try PasskeyTable.list(of: member, tenant: context.home, in: tx),
            codesLeft: try RecoveryCodeTable.left(of: member, tenant: context.home, in: tx),
            demanding: try FactorTable.teamsDemanding(of: member, in: tx),
            canHavePasskeys: PasskeyCeremony.relyingParty(context) != nil, now: context.now, token: context.formTokenField)
        return AccountLayout.page(context, current: .security, title: "Security", body: SecurityPages.overview(model))
    }

    // MARK: The authenticator app

    private static func startApp(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        var random = SystemRandomNumberGenerator()
        let id = ID<TotpFactor>(at: context.now, random: &random)
        let sealed = AppSecret.seal(TotpSecret(), id, of: context.member.member, with: context.frame.settings.keys.seal)
        try TotpFactorTable.insert(
            id, sealedSecret: sealed, member: context.member.member, tenant: context.home, at: context.now, in: tx)
        return .redirect(to: appPath)
    }

    private static func appForm(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let pending = try TotpFactorTable.pending(of: context.member.member, tenant: context.home, at: context.now, in: tx)
        return try appPage(context, pending, error: nil)
    }

    private static func appPage(
        _ context: AccountContext, _ pending: TotpFactorTable.Row?, error: String?, status: Int = 200
    ) throws -> Response {
        let body: HTML
        if let pending {
            let secret = try AppSecret.open(pending, of: context.member.member, with: context.frame.settings.keys.seal)
            let address = Totp.address(issuer: "Tradecraft", account: context.member.handle, secret: secret)
            body = SecurityPages.app(.init(
                address: address, secret: secret.base32, code: QRCode(address), error: error,
                until: pending.since.advanced(byMilliseconds: TotpFactorTable.pendingMilliseconds), token: context.formTokenField))
        } else {
            body = SecurityPages.noPendingApp(error: error, token: context.formTokenField)
        }
        return AccountLayout.page(
            context, current: .security, title: "Set up an authenticator app", body: body, status: status)
    }

    private static func confirmApp(_ context: AccountContext, _ database: Database) throws -> Response {
        let typed = try context.form().text("code")
        let member = context.member.member
        let throttle = FactorThrottle(.enrol, of: member)
        // Counted for good before the code is looked at.
        let (wait, pending) = try database.transaction(.tenant(context.home), .readWrite) { tx in
            (try throttle.take(at: context.now, in: tx),
             try TotpFactorTable.pending(of: member, tenant: context.home, at: context.now, in: tx))
        }
        if let wait {
            let refusal = FactorRefusal.tooMany(seconds: wait)
            var response = try appPage(context, pending, error: refusal.message, status: refusal.status)
            response.headers.set("retry-after", String(wait))
            return response
        }
        guard let pending else {
            return try appPage(context, nil, error: "The code to scan was older than ten minutes. Start again.", status: 422)
        }
        let secret = try AppSecret.open(pending, of: member, with: context.frame.settings.keys.seal)
        guard let step = Totp.verify(typed, secret: secret, at: context.now, lastStep: pending.lastStep) else {
            return try appPage(
                context, pending, error: "This is not the code that the app shows now. Check that your phone's time is right.", status: 422)
        }
        return try finishApp(pending, step, throttle, context, database)
    }

    private static func finishApp(
        _ pending: TotpFactorTable.Row, _ step: Int64, _ throttle: FactorThrottle, _ context: AccountContext, _ database: Database
    ) throws -> Response {
        let codes = try FactorChange.freshCodes(context, database)
        let isConfirmed = try database.transaction(.tenant(context.home), .readWrite) { tx in
            let account = try FactorChange.lock(context, in: tx)
            // The row may be confirmed, replaced or removed by now: then this request changes nothing.
            let now = try TotpFactorTable.pending(of: account.member, tenant: account.tenant, at: context.now, in: tx)
            guard now?.id == pending.id, try TotpFactorTable.confirm(
                pending.id, step: step, member: account.member, tenant: account.tenant, at: context.now, in: tx) else { return false }
            if let codes { try FactorChange.store(codes, account, context, in: tx) }
            try FactorChange.finish(
                account, .totpAdded, of: .init("totp", pending.id.description), .secondFactorAdded(.authenticatorApp), context, in: tx)
            try throttle.giveBack(at: context.now, in: tx)
            return true
        }
        guard isConfirmed else { return .redirect(to: path) }
        guard let codes else { return .redirect(to: path) }
        return codesPage(codes, context)
    }

    private static func removeApp(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let account = try FactorChange.lock(context, in: tx)
        guard let app = try TotpFactorTable.confirmed(of: account.member, tenant: account.tenant, in: tx) else {
            return .redirect(to: path)
        }
        let passkeys = try PasskeyTable.list(of: account.member, tenant: account.tenant, in: tx).count
        try FactorChange.checkLast(left: passkeys, account, in: tx)
        _ = try TotpFactorTable.delete(of: account.member, tenant: account.tenant, in: tx)
        try FactorChange.finish(
            account, .totpRemoved, of: .init("totp", app.id.description), .secondFactorRemoved(.authenticatorApp), context, in: tx)
        return .redirect(to: path)
    }

    // MARK: Recovery codes

    private static func makeCodes(_ context: AccountContext, _ database: Database) throws -> Response {
        let codes = try context.hashing { try RecoveryCodes.make() }
        try database.transaction(.tenant(context.home), .readWrite) { tx in
            let account = try FactorChange.lock(context, in: tx)
            guard try FactorTable.overview(of: account.member, tenant: account.tenant, in: tx).hasFactor else {
                throw Problem.conflict("Recovery codes stand in for a second factor. Add an authenticator app or a passkey first.")
            }
            try FactorChange.store(codes, account, context, in: tx)
        }
        return codesPage(codes, context)
    }

    /// The one time that these codes are shown.
    static func codesPage(_ codes: [RecoveryCode], _ context: AccountContext) -> Response {
        AccountLayout.page(
            context, current: .security, title: "Your recovery codes", body: SecurityPages.recoveryCodes(codes.map(\.text)))
    }
}
