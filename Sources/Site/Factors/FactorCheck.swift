internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// What somebody brings to show that they are a certain member, and what became of it.
enum FactorCheck {
    enum Means: String, Sendable, Hashable {
        case password, code, passkey
        case recoveryCode = "recovery_code"
    }

    enum Verdict: Sendable, Hashable {
        case right(Means)
        case wrong(FactorRefusal)
    }

    /// Whose factor is asked for.
    struct Subject: Sendable {
        let member: ID<Member>
        /// Their home.
        let home: ID<Tenant>
    }

    /// The code of an authenticator app, or a recovery code: which of them, its shape tells.
    static func code(
        _ typed: Secret<String>, of subject: Subject, _ throttle: FactorThrottle, _ context: some PageContext, _ database: Database
    ) throws -> Verdict {
        guard let means = try counted(throttle, subject, context, database, {
            if let code = RecoveryCodes.read(typed.reveal()) {
                return try recovery(code.selector, code.rest, subject, context, database) ? .recoveryCode : nil
            }
            return try app(typed, subject, context, database) ? .code : nil
        }) else { return .wrong(FactorRefusal(message: "This code is not right. Use the newest one of your app, or a recovery code.")) }
        return means
    }

    /// The password. Not enough where the member has a second factor: the caller sees to that.
    static func password(
        _ typed: Secret<String>, of subject: Subject, _ throttle: FactorThrottle, _ context: some PageContext, _ database: Database
    ) throws -> Verdict {
        let verdict = try counted(throttle, subject, context, database) {
            let credentials = try database.transaction(.tenant(subject.home), .readOnly) {
                try MemberTable.credentials(of: subject.member, tenant: subject.home, in: $0)
            }
            let isRight = try context.hashing {
                try PasswordHash.verify(typed, against: credentials?.passwordHash.reveal() ?? PasswordHash.ofNobody)
            }
            return isRight ? .password : nil
        }
        return verdict ?? .wrong(FactorRefusal(message: "This is not your password. Nothing was changed yet."))
    }

    /// Counts the try before `body` looks at it, and takes the count back when it was right. Nil when it was wrong.
    private static func counted(
        _ throttle: FactorThrottle, _ subject: Subject, _ context: some PageContext, _ database: Database, _ body: () throws -> Means?
    ) throws -> Verdict? {
        let wait = try database.transaction(.tenant(subject.home), .readWrite) { try throttle.take(at: context.now, in: $0) }
        if let wait { return .wrong(.tooMany(seconds: wait)) }
        let means: Means?
        do {
            means = try body()
        } catch let problem as Problem where problem.status == 429 {
            // No place for hashing just now: nothing was tried.
            try giveBack(throttle, subject, context, database)
            return .wrong(FactorRefusal(status: 429, message: problem.detail, seconds: problem.retryAfterSeconds))
        }
        guard let means else { return nil }
        try giveBack(throttle, subject, context, database)
        return .right(means)
    }

    private static func giveBack(
        _ throttle: FactorThrottle, _ subject: Subject, _ context: some PageContext, _ database: Database
    ) throws {
        try database.transaction(.tenant(subject.home), .readWrite) { try throttle.giveBack(at: context.now, in: $0) }
    }

    /// True for one request per code, however many race: the statement that notes the step decides.
    private static func app(
        _ typed: Secret<String>, _ subject: Subject, _ context: some PageContext, _ database: Database
    ) throws -> Bool {
        try database.transaction(.tenant(subject.home), .readWrite) { tx in
            guard let app = try TotpFactorTable.confirmed(of: subject.member, tenant: subject.home, in: tx) else { return false }
            let secret = try AppSecret.open(app, of: subject.member, with: context.frame.settings.keys.seal)
            guard let step = Totp.verify(typed.reveal(), secret: secret, at: context.now, lastStep: app.lastStep) else { return false }
            return try TotpFactorTable.accept(app.id, step: step, tenant: subject.home, in: tx)
        }
    }

    /// True for one request per code, however many race.
    private static func recovery(
        _ selector: String, _ rest: Secret<String>, _ subject: Subject, _ context: some PageContext, _ database: Database
    ) throws -> Bool {
        let hash = try database.transaction(.tenant(subject.home), .readOnly) {
            try RecoveryCodeTable.hash(selector, of: subject.member, tenant: subject.home, in: $0)
        }
        // A selector of no code takes as long as one of a code.
        let isRight = try context.hashing { try PasswordHash.verify(rest, against: hash?.reveal() ?? PasswordHash.ofNobody) }
        guard isRight, let hash else { return false }
        return try database.transaction(.tenant(subject.home), .readWrite) { tx in
            let isFirst = try RecoveryCodeTable.use(
                selector, hash: hash, of: subject.member, tenant: subject.home, at: context.now, in: tx)
            guard isFirst else { return false }
            let left = try RecoveryCodeTable.left(of: subject.member, tenant: subject.home, in: tx)
            try context.audit(
                .recoveryCodeUsed, details: ["left": .int(left)], tenant: subject.home, actor: subject.member, in: tx)
            try context.mail.notify(.recoveryCodeUsed(left: left), subject.member, in: tx)
            return true
        }
    }
}

/// Why a proof was not taken, in words for the person.
struct FactorRefusal: Sendable, Hashable {
    var status = 403
    let message: String
    /// Until it is worth trying again.
    var seconds: Int?

    static func tooMany(seconds: Int) -> FactorRefusal {
        let minutes = (seconds + 59) / 60
        return FactorRefusal(
            status: 429, message: "Too many tries. Wait \(Format.count(minutes, "minute")), then try again.", seconds: seconds)
    }
}

/// Secrets of authenticator apps, sealed for one member and one app.
enum AppSecret {
    static func seal(_ secret: TotpSecret, _ id: ID<TotpFactor>, of member: ID<Member>, with key: SealingKey) -> [UInt8] {
        key.seal(secret.bytes.reveal(), context: TotpFactorTable.context(id, of: member))
    }

    /// Fails when the row was changed or the key is not there: nobody's typing mistake, so an error of ours.
    static func open(_ row: TotpFactorTable.Row, of member: ID<Member>, with key: SealingKey) throws -> TotpSecret {
        let bytes = try key.open(row.sealedSecret, context: TotpFactorTable.context(row.id, of: member))
        guard let secret = TotpSecret(bytes: bytes) else { throw SealError() }
        return secret
    }
}
