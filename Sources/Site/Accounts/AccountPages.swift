internal import HTTP

/// Sign-up, log-in and the account's own page.
enum AccountPages {
    /// What was typed and what is wrong with it. A password is never part of it.
    struct FormModel {
        var email = ""
        var handle = ""
        var next = ""
        var errors: [Problem.FieldError] = []

        func error(_ field: String) -> String? { errors.first { $0.field == field }?.message }
    }

    static func signUp(_ model: FormModel, token: HTML) -> HTML {
        """
        <section class="form-page">
        <h1>Sign up</h1>
        \(summary(model))
        <form class="form" method="post" action="/signup" novalidate>
        \(token)\(nextField(model))
        \(field(model, "email", "Email", type: "email", value: model.email, autocomplete: "email",
                hint: "Only you see it. You log in with it."))
        \(field(model, "handle", "Handle", type: "text", value: model.handle, autocomplete: "username",
                hint: "Your public name: your skills are at /@handle. 3 to 30 of a–z, 0–9 and hyphens. It cannot change later."))
        \(field(model, "password", "Password", type: "password", value: "", autocomplete: "new-password",
                hint: "At least 10 characters. A few unrelated words do well."))
        <button class="button button--primary" type="submit">Create account</button>
        </form>
        <p>You have an account? <a href="\(url: address("/login", model))">Log in</a></p>
        </section>
        """
    }

    static func logIn(_ model: FormModel, token: HTML) -> HTML {
        """
        <section class="form-page">
        <h1>Log in</h1>
        \(summary(model))
        <form class="form" method="post" action="/login" novalidate>
        \(token)\(nextField(model))
        \(field(model, "email", "Email", type: "email", value: model.email, autocomplete: "username", hint: nil))
        \(field(model, "password", "Password", type: "password", value: "", autocomplete: "current-password", hint: nil))
        <button class="button button--primary" type="submit">Log in</button>
        </form>
        <p>No account yet? <a href="\(url: address("/signup", model))">Sign up</a></p>
        </section>
        """
    }

    static func account(_ member: MemberSummary, token: HTML) -> HTML {
        """
        <section class="form-page">
        <h1>@\(member.handle)</h1>
        <dl class="facts">
        <dt>Handle</dt><dd>\(member.handle)</dd>
        <dt>Email</dt><dd>\(member.email)</dd>
        <dt>Public page</dt><dd><a href="\(url: "/@" + member.handle)">/@\(member.handle)</a></dd>
        </dl>
        <form class="form" method="post" action="/logout">\(token)<button class="button" type="submit">Log out</button></form>
        </section>
        """
    }

    /// All errors at the top, each leading to its field.
    private static func summary(_ model: FormModel) -> HTML? {
        guard !model.errors.isEmpty else { return nil }
        let items: [HTML] = model.errors.map { "<li><a href=\"\(url: "#" + $0.field)\">\($0.message)</a></li>" }
        return """
            <div class="error-summary" role="alert" aria-labelledby="error-summary-title" tabindex="-1">
            <h2 id="error-summary-title">Please check this</h2>
            <ul>\(items)</ul>
            </div>
            """
    }

    private static func field(
        _ model: FormModel, _ name: String, _ label: String, type: String, value: String, autocomplete: String, hint: String?
    ) -> HTML {
        let error = model.error(name)
        let describedBy = [hint.map { _ in name + "-hint" }, error.map { _ in name + "-error" }].compactMap { $0 }
        let hintLine: HTML? = hint.map { "<p class=\"field__hint\" id=\"\(name)-hint\">\($0)</p>\n" }
        let errorLine: HTML? = error.map { "<p class=\"field__error\" id=\"\(name)-error\">\($0)</p>\n" }
        return """
            <div class="field\(error == nil ? "" : " field--error")">
            <label class="field__label" for="\(name)">\(label)</label>
            \(hintLine)<input class="field__input" id="\(name)" name="\(name)" type="\(type)" value="\(value)" \
            autocomplete="\(autocomplete)" required\
            \(attribute: "aria-describedby", describedBy.isEmpty ? nil : describedBy.joined(separator: " "))\
            \(attribute: "aria-invalid", error == nil ? nil : "true")>
            \(errorLine)</div>
            """
    }

    private static func nextField(_ model: FormModel) -> HTML? {
        model.next.isEmpty ? nil : "<input type=\"hidden\" name=\"next\" value=\"\(model.next)\">"
    }

    private static func address(_ path: String, _ model: FormModel) -> String {
        model.next.isEmpty ? path : path + "?next=" + PercentCoding.encode(model.next)
    }
}
