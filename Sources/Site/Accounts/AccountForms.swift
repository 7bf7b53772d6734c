internal import Base
internal import HTTP
internal import Marketplace

/// What the forms of sign-up, log-in and the account share.
enum AccountForms {
    /// What was typed and what is wrong with it. A password is never part of it.
    struct Model {
        var email = ""
        var handle = ""
        var next = ""
        var errors: [Problem.FieldError] = []
        /// Handles to offer in place of one that is taken.
        var suggestions: [String] = []

        func error(_ field: String) -> String? { errors.first { $0.field == field }?.message }
    }

    /// All errors at the top, each leading to its field.
    static func summary(_ model: Model) -> HTML? {
        guard !model.errors.isEmpty else { return nil }
        let items: [HTML] = model.errors.map { "<li><a href=\"\(url: "#" + $0.field)\">\($0.message)</a></li>" }
        return """
            <div class="error-summary" role="alert" aria-labelledby="error-summary-title" tabindex="-1">
            <h2 id="error-summary-title">Please check this</h2>
            <ul>\(items)</ul>
            </div>
            """
    }

    /// `after` stands under the field's error.
    static func field(
        _ model: Model, _ name: String, _ label: String, type: String = "text", value: String = "", autocomplete: String,
        hint: String? = nil, attributes: HTML? = nil, after: HTML? = nil
    ) -> HTML {
        let error = model.error(name)
        let describedBy = [hint.map { _ in name + "-hint" }, error.map { _ in name + "-error" }].compactMap { $0 }
        let hintLine: HTML? = hint.map { "<p class=\"field__hint\" id=\"\(name)-hint\">\($0)</p>\n" }
        let errorLine: HTML? = error.map { "<p class=\"field__error\" id=\"\(name)-error\">\($0)</p>\n" }
        return """
            <div class="field\(error == nil ? "" : " field--error")">
            <label class="field__label" for="\(name)">\(label)</label>
            \(hintLine)<input class="field__input" id="\(name)" name="\(name)" type="\(type)" value="\(value)" \
            autocomplete="\(autocomplete)" required\(attributes)\
            \(attribute: "aria-describedby", describedBy.isEmpty ? nil : describedBy.joined(separator: " "))\
            \(attribute: "aria-invalid", error == nil ? nil : "true")>
            \(errorLine)\(after)</div>
            """
    }

    /// For names: phones must not make them upper case or correct them.
    static let isName: HTML = " autocapitalize=\"none\" autocorrect=\"off\" spellcheck=\"false\""

    static func nextField(_ model: Model) -> HTML? {
        model.next.isEmpty ? nil : "<input type=\"hidden\" name=\"next\" value=\"\(model.next)\">"
    }

    static func address(_ path: String, _ model: Model) -> String {
        model.next.isEmpty ? path : path + "?next=" + PercentCoding.encode(model.next)
    }

    /// Where to go afterwards: a path of ours, or nothing.
    static func next(_ fields: Fields) -> String {
        guard let next = fields["next"], Response.isLocal(next) else { return "" }
        return next
    }

    /// A time to wait in words, `5 minutes`, never less than it is.
    static func wait(_ seconds: Int) -> String {
        if seconds <= 60 { return seconds == 1 ? "1 second" : "\(seconds) seconds" }
        let minutes = (seconds + 59) / 60
        return minutes >= 60 ? "an hour" : "\(minutes) minutes"
    }
}

extension Handle.Refusal {
    /// What to do about it.
    var sentence: String {
        switch self {
        case .length: "Choose a handle of \(Handle.charactersMin) to \(Handle.charactersMax) characters."
        case .characters: "Use a–z, 0–9 and single hyphens between them."
        case .onlyDigits: "Use at least one letter."
        case .reserved: "This handle is reserved. Choose another."
        }
    }
}
