internal import HTTP

/// Asks for a proof of identity in the middle of something else.
enum StepUpPages {
    /// `kept` are the fields of the form that is on its way to `action`.
    static func ask(action: String, kept: [Fields.Pair], wasWrong: Bool, token: HTML) -> HTML {
        let fields: [HTML] = kept.map { "<input type=\"hidden\" name=\"\($0.name)\" value=\"\($0.value)\">\n" }
        let error: HTML? = wasWrong ? "<p class=\"field__error\" id=\"proof-error\">That was not right. Nothing was changed yet; try again.</p>\n" : nil
        return """
            <section class="form-page">
            <h1>Confirm that it is you</h1>
            <p>This needs a proof that is less than five minutes old. What you typed is kept.</p>
            <form class="form" method="post" action="\(url: action)">
            \(token)\(fields)
            <div class="field\(wasWrong ? " field--error" : "")">
            <label class="field__label" for="proof_password">Password</label>
            <input class="field__input" id="proof_password" name="proof_password" type="password" autocomplete="current-password" required autofocus\
            \(attribute: "aria-describedby", wasWrong ? "proof-error" : nil)>
            \(error)</div>
            <button class="button button--primary" type="submit">Confirm and go on</button>
            </form>
            </section>
            """
    }
}
