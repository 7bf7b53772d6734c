internal import HTTP
internal import Storage

/// Asks for a proof of identity in the middle of something else.
enum StepUpPages {
    struct Model {
        /// Where the form goes: a path of ours.
        let action: String
        /// The fields of the form that is on its way there.
        let kept: [Fields.Pair]
        let factors: FactorTable.Overview
        let refusal: FactorRefusal?
        /// Nil without passkeys.
        let passkey: PasskeyButton?
        let token: HTML
    }

    static func ask(_ model: Model) -> HTML {
        let kept: [HTML] = model.kept.map { "<input type=\"hidden\" name=\"\($0.name)\" value=\"\($0.value)\">\n" }
        return """
            <section class="form-page">
            <h1>Confirm that it is you</h1>
            \(summary(model))<p>This needs a proof that is less than five minutes old. What you typed is kept.</p>
            <form class="form" method="post" action="\(url: model.action)">
            \(model.token)\(kept)
            \(fields(model))</form>
            <p><a href="/account/security">What protects your account</a></p>
            </section>
            """
    }

    /// What was too large to be held by a page.
    static func tooLarge() -> HTML {
        """
        <section class="form-page">
        <h1>Confirm that it is you</h1>
        <p>Nothing was changed. What you sent is too large to be kept on this page, but your browser still has it.</p>
        <ol>
        <li><a href="/account/confirm" target="_blank" rel="noopener">Confirm in a new tab</a>.</li>
        <li>Come back here, go back to your form, and send it again within five minutes.</li>
        </ol>
        </section>
        """
    }

    private static func summary(_ model: Model) -> HTML? {
        guard let refusal = model.refusal else { return nil }
        return """
            <div class="error-summary" role="alert" tabindex="-1"><h2>That did not work</h2>
            <ul><li><a href="#\(inputID(model))">\(refusal.message)</a></li></ul></div>

            """
    }

    private static func inputID(_ model: Model) -> String {
        if !model.factors.hasFactor { return StepUp.passwordField }
        return model.factors.hasCodes ? StepUp.codeField : "proof_passkey_part"
    }

    private static func fields(_ model: Model) -> HTML {
        guard model.factors.hasFactor else { return password(model) }
        let passkey: HTML? = model.passkey.map { "<div id=\"proof_passkey_part\">\($0.html(at: "/account/security"))</div>\n" }
        let code: HTML? = model.factors.hasCodes ? FactorFields.code(
            id: StepUp.codeField, name: StepUp.codeField, hasApp: model.factors.hasApp, isWrong: model.refusal != nil) : nil
        // One way stands out: the passkey where codes are for the day it is gone.
        let kind = passkey != nil && !model.factors.hasApp ? "button" : "button button--primary"
        let button: HTML? = code.map { _ in "<button class=\"\(kind)\" type=\"submit\">Confirm and go on</button>\n" }
        return "\(passkey)\(code)\(button)"
    }

    private static func password(_ model: Model) -> HTML {
        let isWrong = model.refusal != nil
        let error: HTML? = model.refusal.map { "<p class=\"field__error\" id=\"proof_password-error\">\($0.message)</p>\n" }
        return """
            <div class="field\(isWrong ? " field--error" : "")">
            <label class="field__label" for="proof_password">Password</label>
            <input class="field__input" id="proof_password" name="proof_password" type="password" autocomplete="current-password" required autofocus\
            \(attribute: "aria-describedby", isWrong ? "proof_password-error" : nil)\(attribute: "aria-invalid", isWrong ? "true" : nil)>
            \(error)</div>
            <button class="button button--primary" type="submit">Confirm and go on</button>

            """
    }
}

/// Fields that several forms ask for.
enum FactorFields {
    /// One field for the six digits of an app and for recovery codes; their shapes differ.
    static func code(id: String, name: String, hasApp: Bool, isWrong: Bool) -> HTML {
        let hint = hasApp
            ? "Six digits from your authenticator app. Phone gone? Enter one of your recovery codes."
            : "One of your recovery codes, such as ABCDE-FGHJK. Each works once."
        let label = hasApp ? "Code" : "Recovery code"
        return """
            <div class="field\(isWrong ? " field--error" : "")">
            <label class="field__label" for="\(id)">\(label)</label>
            <p class="field__hint" id="\(id)-hint">\(hint)</p>
            <input class="field__input factor-code" id="\(id)" name="\(name)" type="text" autocomplete="one-time-code" autocapitalize="characters" \
            spellcheck="false" maxlength="64" required autofocus aria-describedby="\(id)-hint"\(attribute: "aria-invalid", isWrong ? "true" : nil)>
            </div>

            """
    }
}
