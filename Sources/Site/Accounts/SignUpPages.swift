internal import HTTP
internal import Marketplace

/// The page of `/signup`.
enum SignUpPages {
    static func form(_ model: AccountForms.Model, token: HTML) -> HTML {
        """
        <section class="form-page">
        <h1>Sign up</h1>
        \(AccountForms.summary(model))
        <form class="form" method="post" action="/signup" novalidate>
        \(token)\(AccountForms.nextField(model))
        \(AccountForms.field(model, "email", "Email", type: "email", value: model.email, autocomplete: "email",
                             hint: "Only you see it. We send a link to confirm it."))
        \(AccountForms.field(model, "handle", "Handle", value: model.handle, autocomplete: "username", hint: handleHint(model),
                             attributes: AccountForms.isName, after: suggestions(model)))
        \(AccountForms.field(model, "password", "Password", type: "password", autocomplete: "new-password",
                             hint: "At least 10 characters. A few unrelated words do well."))
        <button class="button button--primary" type="submit">Create account</button>
        </form>
        <p>You have an account? <a href="\(url: AccountForms.address("/login", model))">Log in</a></p>
        </section>
        """
    }

    /// Says how a handle typed with upper case will look.
    private static func handleHint(_ model: AccountForms.Model) -> String {
        let rule = "Your public name: your skills are at /@handle. 3 to 30 of a–z, 0–9 and hyphens."
        guard let handle = try? Handle(model.handle), handle.text != model.handle else {
            return rule + " Upper case becomes lower case. It cannot change later."
        }
        return rule + " It will look like this: @\(handle)."
    }

    private static func suggestions(_ model: AccountForms.Model) -> HTML? {
        guard !model.suggestions.isEmpty else { return nil }
        let names = model.suggestions.map { "@" + $0 }.joined(separator: " or ")
        return "<p class=\"field__hint\">Free: \(names)</p>\n"
    }
}
