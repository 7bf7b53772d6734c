internal import Base
internal import HTTP
internal import Marketplace
internal import Storage

/// The page of API tokens.
enum TokenPages {
    struct Model {
        /// Of the tenant that the tokens work for.
        let handle: String
        let rows: [APITokenTable.Row]
        let nextPage: String?
        /// Of the token that was made just now.
        let secret: Secret<String>?
        /// What may be chosen.
        let scopes: [TokenScope]
        let isVerified: Bool
        let order: TokenMaking.Order
        let errors: [FieldError]
        let origin: String
        let now: Instant
    }

    static func body(_ model: Model, token: HTML) -> HTML {
        """
        <p class="account__answer">\(answer(model))</p>
        \(model.secret.map { shown($0, model) } ?? .empty)\(list(model, token: token))\(maker(model, token: token))
        """
    }

    private static func answer(_ model: Model) -> HTML {
        let live = model.rows.count { $0.expiresAt > model.now }
        let more = model.nextPage == nil ? "" : " or more"
        let count = live == 0 ? "No token works" : live == 1 ? "1 token\(more) works" : "\(live)\(more) tokens work"
        return "\(count) for @\(model.handle). Programs use tokens in place of your log-in; <a href=\"/docs/api\">how that goes</a>."
    }

    /// The only time that the secret is on a page.
    private static func shown(_ secret: Secret<String>, _ model: Model) -> HTML {
        """
        <section class="account__section" aria-labelledby="new-token">
        <h2 id="new-token">Your new token</h2>
        \(Pieces.notice("Copy it now", "<p>It is shown this once. We keep only a digest of it.</p>", kind: .warning))
        \(Pieces.command(secret.reveal()))
        <p>Try it:</p>
        \(Pieces.command("curl -H 'Authorization: Bearer \(secret.reveal())' \(model.origin)/api/v1/runs"))
        </section>

        """
    }

    private static func list(_ model: Model, token: HTML) -> HTML {
        guard !model.rows.isEmpty else {
            return """
                <section class="account__section" aria-labelledby="tokens">
                <h2 id="tokens">Tokens</h2>
                \(Pieces.empty("No tokens yet", "A token lets a program of yours read runs, order backtests or save skills. Make one below."))
                </section>

                """
        }
        let more: HTML = model.nextPage.map { "<p><a class=\"button\" href=\"\(url: $0)\">Older tokens</a></p>\n" } ?? .empty
        return """
            <section class="account__section" aria-labelledby="tokens">
            <h2 id="tokens">Tokens</h2>
            <ul class="rows">
            \(model.rows.map { row($0, model, token: token) })</ul>
            \(more)</section>

            """
    }

    private static func row(_ row: APITokenTable.Row, _ model: Model, token: HTML) -> HTML {
        let isExpired = row.expiresAt <= model.now
        let badge: HTML = isExpired ? " <span class=\"badge badge--warning\">Expired</span>" : .empty
        let end: HTML = isExpired ? "Expired \(Format.date(row.expiresAt))" : "Expires \(Format.date(row.expiresAt))"
        let network = row.lastNetwork.map { " from \($0)" } ?? ""
        let use: HTML = row.lastUsed.map { "Last used \(Format.age($0, now: model.now))\(network)" } ?? "Never used"
        let label = isExpired ? "Remove" : "Revoke"
        return """
            <li class="row">
            <div class="row__main"><strong>\(row.name)</strong>\(badge)
            <p>\(row.scopes.map(\.rawValue).joined(separator: ", "))</p>
            <p>\(use) · Made \(Format.date(row.createdAt)) · \(end)</p></div>
            <div class="row__actions"><form method="post" action="/account/tokens/\(row.id.description)/revocation">\(token)\
            <button class="button button--danger" type="submit">\(label)<span class="visually-hidden"> \(row.name)</span></button></form></div>
            </li>

            """
    }

    private static func maker(_ model: Model, token: HTML) -> HTML {
        let verify: HTML = model.isVerified ? .empty : Pieces.notice(
            "Confirm your mail address first",
            "<p>Open the link we mailed you; <a href=\"/account\">your account's page</a> can send it again.</p>", kind: .warning)
        let boxes: [HTML] = model.scopes.map { scope in
            let id = "scope-" + scope.rawValue.replacing(":", with: "-")
            let isTicked = model.order.scopes.contains(scope.rawValue)
            return """
                <div class="field field--check"><input id="\(id)" name="scope" type="checkbox" value="\(scope.rawValue)"\
                \(attribute: "checked", isTicked ? "" : nil)><label class="field__label" for="\(id)">\(scope.sentence) <code>\(scope.rawValue)</code></label></div>

                """
        }
        let mine = model.errors.filter { $0.field == "scopes" }
        let scopeError: HTML = mine.isEmpty
            ? .empty : "<p class=\"field__error\" id=\"scopes-error\"><span>\(mine.map(\.message).joined(separator: " "))</span></p>\n"
        return """
            <section class="account__section" aria-labelledby="make">
            <h2 id="make">Make a token</h2>
            <p>It works for @\(model.handle) alone and never does more than your role allows.</p>
            \(verify)<form class="form" method="post" action="/account/tokens" novalidate>
            \(token)\(Form.summary(model.errors, title: "Please check this"))
            \(Form.input(
                id: "name", name: "name", label: "Name", value: model.order.name, help: "Such as the program that will use it.",
                errors: model.errors, attributes: "required maxlength=\"80\" autocomplete=\"off\""))
            <fieldset class="field\(mine.isEmpty ? "" : " field--error")" id="scopes"\
            \(attribute: "aria-describedby", mine.isEmpty ? nil : "scopes-error")>
            <legend class="field__label">What it may do</legend>
            \(boxes)\(scopeError)</fieldset>
            \(Form.select(
                id: "expires_in_days", name: "expires_in_days", label: "Works for",
                options: TokenMaking.days.map { (value: String($0), label: $0 == 365 ? "a year" : "\($0) days") },
                selected: String(model.order.days ?? TokenMaking.daysDefault), errors: model.errors))
            <div class="form__actions"><button class="button button--primary" type="submit">Make token</button></div>
            </form>
            </section>
            """
    }
}
