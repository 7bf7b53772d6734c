internal import HTTP

/// One field's complaint, as pages show it in the summary and beside the field.
struct FieldError: Sendable, Hashable {
    /// The `id` of the input, where the summary's link goes.
    let field: String
    /// `Line 4: unknown key "unverse". Did you mean "universe"?`
    let message: String
}

/// Form pieces: label above, help below, error beside the field and in a summary that links to it.
enum Form {
    /// The hidden field every form that writes carries.
    static let tokenField = FormTokenIssue.fieldName

    static func token(_ token: String) -> HTML {
        "<input type=\"hidden\" name=\"\(tokenField)\" value=\"\(token)\">"
    }

    /// A button that posts; visitors get a link to log in that comes back to `page`.
    static func action(_ viewer: Viewer, post: String, label: HTML, kind: Kind = .plain, returnTo page: String) -> HTML {
        switch viewer {
        case .visitor:
            return "<a class=\"\(kind.className)\" href=\"\(Paths.logIn)?next=\(Paths.encoded(page))\">\(label)</a>"
        case .member(_, let token):
            return """
            <form class="button-form" method="post" action="\(post)">\(Form.token(token))\
            <button class="\(kind.className)" type="submit">\(label)</button></form>
            """
        }
    }

    enum Kind: Sendable {
        case plain, primary, danger, quiet
        var className: String {
            switch self {
            case .plain: "button"
            case .primary: "button button--primary"
            case .danger: "button button--danger"
            case .quiet: "button button--quiet"
            }
        }
    }

    /// The list of all errors, first in its form; empty without errors.
    static func summary(_ errors: [FieldError], title: String) -> HTML {
        guard !errors.isEmpty else { return .empty }
        let items = errors.map { "<li><a href=\"#\($0.field)\">\($0.message)</a></li>" as HTML }
        return """
        <div class="error-summary" role="alert" tabindex="-1"><h2 class="error-summary__title">\(title)</h2><ul>\(items)</ul></div>
        """
    }

    /// A labelled one-line input.
    static func input(
        id: String, name: String, label: String, value: String, type: String = "text", help: String? = nil,
        errors: [FieldError] = [], attributes: HTML = .empty
    ) -> HTML {
        field(id: id, label: label, help: help, errors: errors) { aria in
            "<input class=\"field__input\" id=\"\(id)\" name=\"\(name)\" type=\"\(type)\" value=\"\(value)\"\(aria) \(attributes)>"
        }
    }

    /// A labelled text area.
    static func area(
        id: String, name: String, label: String, value: String, help: String? = nil, errors: [FieldError] = [],
        isCode: Bool = false, extraClass: String = "", rows: Int = 6
    ) -> HTML {
        let kind: HTML = isCode ? " field__input--code" : .empty
        let code: HTML = isCode ? " spellcheck=\"false\" autocapitalize=\"off\" autocomplete=\"off\" wrap=\"off\"" : .empty
        // The newline after the tag is dropped by parsers, so that text that starts with one keeps it.
        return field(id: id, label: label, help: help, errors: errors) { aria in
            "<textarea class=\"field__input\(kind) \(extraClass)\" id=\"\(id)\" name=\"\(name)\" rows=\"\(rows)\"\(aria)\(code)>\n\(value)</textarea>"
        }
    }

    /// A labelled choice of one.
    static func select(
        id: String, name: String, label: String, options: [(value: String, label: String)], selected: String,
        help: String? = nil, errors: [FieldError] = []
    ) -> HTML {
        let items = options.map { option in
            let mark: HTML = option.value == selected ? " selected" : .empty
            return "<option value=\"\(option.value)\"\(mark)>\(option.label)</option>" as HTML
        }
        return field(id: id, label: label, help: help, errors: errors) { aria in
            "<select class=\"field__input\" id=\"\(id)\" name=\"\(name)\"\(aria)>\(items)</select>"
        }
    }

    private static func field(
        id: String, label: String, help: String?, errors: [FieldError], control: (HTML) -> HTML
    ) -> HTML {
        let mine = errors.filter { $0.field == id }
        let described = [help == nil ? nil : id + "-help", mine.isEmpty ? nil : id + "-error"].compactMap { $0 }
        let aria: HTML = described.isEmpty ? .empty : " aria-describedby=\"\(described.joined(separator: " "))\""
        let invalid: HTML = mine.isEmpty ? .empty : " aria-invalid=\"true\""
        let helpText: HTML = help.map { "<p class=\"field__help\" id=\"\(id)-help\">\($0)</p>" } ?? .empty
        let errorText: HTML = mine.isEmpty
            ? .empty
            : "<p class=\"field__error\" id=\"\(id)-error\"><span>\(mine.map { "\($0.message) " as HTML })</span></p>"
        return """
        <div class="field\(mine.isEmpty ? "" : " field--error")"><label class="field__label" for="\(id)">\(label)</label>\
        \(control("\(aria)\(invalid)"))\(helpText)\(errorText)</div>
        """
    }
}
