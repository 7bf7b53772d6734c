internal import HTTP
internal import Storage

/// The second step of a log-in, and the log-in by passkey alone.
enum LogInFactorPages {
    static func factor(
        _ factors: FactorTable.Overview, passkey: HTML?, refusal: FactorRefusal?, token: HTML
    ) -> HTML {
        let target = factors.hasCodes ? "code" : "passkey-part"
        let errors = refusal.map { [FieldError(field: target, message: $0.message)] } ?? []
        // One way stands out: the passkey where codes are for the day it is gone.
        let button = passkey != nil && !factors.hasApp ? "button" : "button button--primary"
        let byPasskey: HTML? = passkey.map { "<div id=\"passkey-part\">\($0)</div>\n" }
        let byCode: HTML? = factors.hasCodes
            ? FactorFields.code(id: "code", name: "code", hasApp: factors.hasApp, isWrong: refusal != nil)
                + "<button class=\"\(button)\" type=\"submit\">Log in</button>\n"
            : nil
        let none: HTML? = passkey == nil && !factors.hasCodes
            ? "<p>Your account has no second factor any more. <a href=\"/login\">Log in again</a>.</p>\n" : nil
        return """
            <section class="form-page">
            <h1>Second step</h1>
            \(Form.summary(errors, title: "That did not work"))<p>Your password was right. Now show that it is you.</p>
            <form class="form" method="post" action="/login/factor">
            \(token)
            \(byPasskey)\(byCode)\(none)</form>
            <p><a href="/login">Log in as somebody else</a></p>
            </section>
            """
    }

    static func passkey(button: HTML, next: String, error: String?, token: HTML) -> HTML {
        let errors = error.map { [FieldError(field: "passkey-part", message: $0)] } ?? []
        let nextField: HTML? = next.isEmpty ? nil : "<input type=\"hidden\" name=\"next\" value=\"\(next)\">\n"
        let back = next.isEmpty ? "/login" : "/login?next=" + PercentCoding.encode(next)
        return """
            <section class="form-page">
            <h1>Log in with a passkey</h1>
            \(Form.summary(errors, title: "That did not work"))
            <form class="form" method="post" action="/login/passkey">
            \(token)\(nextField)<p>Your device shows which account it opens. You need no password.</p>
            <div id="passkey-part">\(button)</div>
            </form>
            <p>No passkey? <a href="\(url: back)">Log in with your password</a></p>
            </section>
            """
    }
}
