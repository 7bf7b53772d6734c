internal import Base

/// What a team calls itself: 1 to 80 characters on one line, without white space around it and without characters that
/// cannot be seen or that reorder the text around them.
public struct TeamName: Sendable, Hashable {
    public let text: String

    public enum Refusal: Error, Sendable, Hashable {
        case length
        case characters

        public var sentence: String {
            switch self {
            case .length: "Give a name of 1 to \(Limits.nameCharactersMax) characters."
            case .characters: "Use characters that can be seen: no line breaks, no marks that hide or turn text."
            }
        }
    }

    public init(_ typed: String) throws(Refusal) {
        let text = TextRules.trimmed(typed)
        // Counted as PostgreSQL does, by code points: one visible character may hold many.
        guard (1...Limits.nameCharactersMax).contains(text.unicodeScalars.count) else { throw .length }
        guard text.unicodeScalars.allSatisfy({ TextRules.isPrintable($0) && !TeamName.isHidden($0) }),
              text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else { throw .characters }
        self.text = text
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}
