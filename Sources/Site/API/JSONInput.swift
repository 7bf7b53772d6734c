internal import Base
internal import HTTP

/// Reads the members of a request's JSON object and gathers everything that is wrong with them.
struct JSONInput {
    private let body: JSON
    private(set) var errors: [Problem.FieldError] = []

    /// Members beyond `known` are refused: a misspelt optional member must not be ignored.
    init(_ body: JSON, known: [String]) {
        self.body = body
        for (name, _) in body.object ?? [] where !known.contains(name) {
            errors.append(.init(name, "There is no such field. Known fields: \(known.joined(separator: ", "))."))
        }
    }

    private func present(_ name: String) -> JSON? { body[name].flatMap { $0.isNull ? nil : $0 } }

    mutating func refuse(_ name: String, _ message: String) { errors.append(.init(name, message)) }

    mutating func text(_ name: String) -> String? {
        guard let text = optionalText(name) else {
            if present(name) == nil { refuse(name, "Give `\(name)`, a text.") }
            return nil
        }
        return text
    }

    mutating func optionalText(_ name: String) -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.string else {
            refuse(name, "`\(name)` must be a text.")
            return nil
        }
        guard !text.utf8.contains(0) else {
            refuse(name, "`\(name)` contains a NUL character. Remove it.")
            return nil
        }
        return text
    }

    mutating func optionalNumber(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let value = present(name) else { return nil }
        guard let number = value.int, range.contains(number) else {
            refuse(name, "`\(name)` must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    /// A list of texts; nil, and refused, when it is missing or anything else.
    mutating func texts(_ name: String) -> [String]? {
        guard let value = present(name) else {
            refuse(name, "Give `\(name)`, a list of texts.")
            return nil
        }
        let items = value.array
        let texts = items?.compactMap(\.string)
        guard let items, let texts, texts.count == items.count else {
            refuse(name, "`\(name)` must be a list of texts.")
            return nil
        }
        return texts
    }

    mutating func date(_ name: String) -> CalendarDate? {
        guard let text = text(name) else { return nil }
        guard let date = CalendarDate(text) else {
            refuse(name, "`\(name)` must be a day such as 2025-08-20, UTC.")
            return nil
        }
        return date
    }

    /// Throws 422 when something was wrong.
    func check() throws(Problem) {
        guard errors.isEmpty else { throw .invalid(errors) }
    }
}
