internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// Makes and revokes API tokens: one place for page and API.
enum TokenMaking {
    /// Choices of how long a token lives.
    static let days = [7, 30, 90, 365]
    static let daysDefault = 90

    /// What was asked for, as it was typed.
    struct Order: Sendable, Hashable {
        var name = ""
        var scopes: [String] = []
        /// Nil where it is no number.
        var days: Int? = TokenMaking.daysDefault
    }

    /// A new token and its secret, which is shown once and is nowhere else.
    struct Made {
        let row: APITokenTable.Row
        let text: Secret<String>
    }

    /// Scopes that a member of `role` may give to a token.
    static func scopes(for role: Role) -> [TokenScope] { TokenScope.allCases.filter { role.may($0.permission) } }

    /// Throws 422 with everything that is wrong with `order`, and 409 when there are too many tokens.
    static func make(_ order: Order, _ context: MemberContext, in tx: borrowing Transaction) throws -> Made {
        var errors: [Problem.FieldError] = []
        let name = String(order.name.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        let isPlain = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
        // PostgreSQL counts code points.
        if !(1...Limits.tokenNameCharactersMax).contains(name.unicodeScalars.count) || !isPlain {
            errors.append(.init("name", "Give the token a name of 1 to \(Limits.tokenNameCharactersMax) characters on one line, such as the program that uses it."))
        }
        var chosen: [TokenScope] = []
        for text in order.scopes {
            guard let scope = TokenScope(rawValue: text) else {
                errors.append(.init("scopes", "There is no such scope. Choose from \(TokenScope.allCases.map(\.rawValue).joined(separator: ", "))."))
                break
            }
            if !context.role.may(scope.permission) {
                errors.append(.init("scopes", "You are \(context.role.rawValue) of @\(context.handle), which does not allow \(scope.rawValue)."))
            }
            if !chosen.contains(scope) { chosen.append(scope) }
        }
        if order.scopes.isEmpty { errors.append(.init("scopes", "Choose at least one thing the token may do.")) }
        let days = order.days.flatMap { TokenMaking.days.contains($0) ? $0 : nil }
        if days == nil { errors.append(.init("expires_in_days", "Choose 7, 30, 90 or 365 days.")) }
        guard errors.isEmpty, let days else { throw Problem.invalid(errors) }
        return try insert(name, TokenScope.allCases.filter { chosen.contains($0) }, days: days, context, in: tx)
    }

    private static func insert(
        _ name: String, _ scopes: [TokenScope], days: Int, _ context: MemberContext, in tx: borrowing Transaction
    ) throws -> Made {
        let text = APITokenText()
        var random = SystemRandomNumberGenerator()
        let id = ID<APIToken>(at: context.now, random: &random)
        let member = context.member.member
        let isMade = try APITokenTable.insert(
            .init(
                id: id, member: member, name: name, digest: text.digest, scopes: scopes, createdAt: context.now,
                expiresAt: context.now.advanced(byMilliseconds: Int64(days) * Instant.millisecondsPerDay)),
            in: tx)
        guard isMade, let row = try APITokenTable.show(id, of: member, in: tx) else {
            throw Problem.conflict("You have \(Limits.liveTokensMax) tokens for @\(context.handle) that still work. Revoke one you no longer use.")
        }
        try context.audit(
            .tokenMade, of: .init("token", id.description),
            details: ["scopes": .array(scopes.map { .string($0.rawValue) }), "days": .int(days)], in: tx)
        try context.mail.notify(.tokenMade(name: name, scopes: scopes, expires: row.expiresAt), member, in: tx)
        return Made(row: row, text: text.text)
    }

    /// 404 when the member has no such token in the tenant they act for, or revoked it before.
    static func revoke(_ context: MemberContext, in tx: borrowing Transaction) throws {
        let id: ID<APIToken> = try context.id("id")
        guard try APITokenTable.revoke(id, of: context.member.member, at: context.now, in: tx) else { throw Problem.notFound }
        try context.audit(.tokenRevoked, of: .init("token", id.description), in: tx)
    }
}
