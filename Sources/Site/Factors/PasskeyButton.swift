internal import HTTP

/// The button that runs a passkey ceremony, for a form whose hidden field takes the answer. web/js/passkey.js shows it;
/// without scripts the words say so.
struct PasskeyButton {
    /// POST: the options of the ceremony as JSON.
    let options: String
    /// Name of the form's field that takes the answer.
    let field: String
    let label: String
    var isCreating = false
    var isPrimary = false
    /// Where passkeys work, when it is not here.
    let elsewhere: String?
    /// False where this site cannot have passkeys at all.
    let isPossible: Bool

    static let script = "passkey.js"

    init(
        _ label: String, options: String, field: String, isCreating: Bool = false, isPrimary: Bool = false, _ context: some PageContext
    ) {
        self.label = label
        self.options = options
        self.field = field
        self.isCreating = isCreating
        self.isPrimary = isPrimary
        elsewhere = PasskeyCeremony.elsewhere(context)
        isPossible = PasskeyCeremony.relyingParty(context) != nil
    }

    /// `path` is the page that holds the button.
    func html(at path: String) -> HTML {
        guard isPossible else {
            return "<p class=\"passkey__note\">Passkeys need https and a host name; this site has neither yet.</p>"
        }
        if let elsewhere {
            return """
                <p class="passkey__note">Passkeys of this site work at <a href="\(url: elsewhere + path)">\(elsewhere)</a>, not at the \
                address you opened. Go there to use one.</p>
                """
        }
        return """
            <div class="passkey" data-passkey data-options="\(options)" data-field="\(field)" \
            data-ceremony="\(isCreating ? "create" : "get")">
            <input type="hidden" name="\(field)" value="">
            <button class="button\(isPrimary ? " button--primary" : "") passkey__button" type="button" hidden>\(label)</button>
            <p class="passkey__note" data-passkey-note role="status">Passkeys need JavaScript, which is off or has not loaded.</p>
            </div>
            """
    }
}
