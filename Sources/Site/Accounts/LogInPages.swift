internal import HTTP

/// The page of `/login`.
enum LogInPages {
    /// `notice` says why one cannot log in just now.
    static func form(_ model: AccountForms.Model, notice: HTML?, token: HTML) -> HTML {
        """
        <section class="form-page">
        <h1>Log in</h1>
        \(notice)\(AccountForms.summary(model))
        <form class="form" method="post" action="/login" novalidate>
        \(token)\(AccountForms.nextField(model))
        \(AccountForms.field(model, "email", "Email or handle", value: model.email, autocomplete: "username",
                             attributes: AccountForms.isName))
        \(AccountForms.field(model, "password", "Password", type: "password", autocomplete: "current-password"))
        <button class="button button--primary" type="submit">Log in</button>
        </form>
        <p>You have a passkey? <a href="\(url: AccountForms.address("/login/passkey", model))">Log in without a password</a></p>
        <p>Forgot your password? <a href="/recover">Set a new one</a></p>
        <p>No account yet? <a href="\(url: AccountForms.address("/signup", model))">Sign up</a></p>
        </section>
        """
    }

    static func tooMany(seconds: Int) -> HTML {
        Pieces.notice(
            "Too many wrong passwords",
            """
            <p>We do not look at another one for \(AccountForms.wait(seconds)). If you forgot your password, \
            <a href="/recover">set a new one</a>. A browser that you logged in with before still works.</p>
            """, kind: .warning)
    }

    static let suspended = Pieces.notice(
        "This account is suspended",
        """
        <p>Your password is right, and nothing you made is lost. Write to the people who run this site: they can tell you why, \
        and open the account again.</p>
        """, kind: .error)
}
