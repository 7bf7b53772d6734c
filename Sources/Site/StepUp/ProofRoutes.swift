internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// Proving who one is, apart from any form.
enum ProofRoutes {
    static let routes: [Route] = [
        .steps(.get, "/account/confirm", Requirement(), account: form),
        // The frame takes the proof and asks again until it is right; the handler only leads on.
        .steps(.post, "/account/confirm", Requirement(proof: true), account: confirmed),
        .account(.post, StepUp.passkeyOptions, Requirement(), options),
        .steps(.post, "/api/v1/account/proof", Requirement(), account: prove),
    ]

    private static func form(_ context: AccountContext, _ database: Database) throws -> Response {
        let next = next(context.request.query)
        if context.who.isProved(at: context.now) { return .redirect(to: next) }
        return try StepUp.page(
            context.who, context, database, action: "/account/confirm", kept: [.init("next", next)], refusal: nil, status: 200)
    }

    private static func confirmed(_ context: AccountContext, _ database: Database) throws -> Response {
        .redirect(to: next(try context.form()))
    }

    /// A path of ours, else the page that tells what protects the account.
    private static func next(_ fields: Fields) -> String {
        guard let next = fields["next"], Response.isLocal(next), !next.hasPrefix("/account/confirm") else { return "/account/security" }
        return next
    }

    private static func options(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        try PasskeyCeremony.get(
            .prove, of: .init(member: context.member.member, home: context.home), context, in: tx)
    }

    /// For scripts in a browser: one of `password`, `code` and `passkey`. The session has a new cookie afterwards.
    private static func prove(_ context: AccountContext, _ database: Database) throws -> Response {
        let body = try context.jsonBody()
        try JSONInput(body, known: ["password", "code", "passkey"]).check()
        let attempts: [StepUp.Attempt] = [
            body["password"]?.string.map { .password(PasswordText.normalised(Secret($0))) },
            body["code"]?.string.map { .code(Secret($0)) },
            body["passkey"]?.object.map { .passkey(JSON.object($0).text) },
        ].compactMap { $0 }
        guard body.object?.count == 1, let attempt = attempts.first else {
            throw Problem.invalid([.init("code", "Send one of password, code and passkey.")])
        }
        switch try StepUp.prove(attempt, context.who, context, database) {
        case .proved(let proved):
            let end = context.now.advanced(byMilliseconds: Int64(Limits.proofSecondsMax) * 1_000)
            var response = Response.json(["proved_until": .string(end.description)])
            response.cookies.append(proved.cookie)
            return response
        case .refused(let refusal):
            if refusal.status == 429 { throw Problem(status: 429, detail: refusal.message, retryAfterSeconds: refusal.seconds) }
            throw Problem(
                status: 403, title: "This proof was not taken", detail: refusal.message, type: "/docs/api#step-up-required")
        case .missing:
            throw Problem.forbidden("API tokens cannot do this. Do it in the browser.")
        }
    }
}
