/// One thing wrong with a skill, said so that its author can put it right.
public struct SkillProblem: Error, Sendable, Hashable {
    /// `SKILL.md`, `entry.ts` or `exit.ts`.
    public let file: String
    /// Line in that file, from 1.
    public let line: Int
    /// Column in characters, from 1; nil when the whole line or more is meant.
    public let column: Int?
    /// `universe`, `risk.max_order_usd`, `instructions` …: empty when the file as a whole is meant.
    public let field: String
    /// A sentence that says what to do, without the place.
    public let message: String

    public init(file: String = SkillFolder.skillFile, line: Int, column: Int? = nil, field: String, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.field = field
        self.message = message
    }
}

extension SkillProblem: CustomStringConvertible {
    /// ``Line 7: `max_order_usd` must be …``, with the file's name in front when it is not SKILL.md.
    public var description: String {
        file == SkillFolder.skillFile ? "Line \(line): \(message)" : "\(file), line \(line): \(message)"
    }
}

/// Everything that is wrong with a skill, in the order of the files and their lines. Never empty.
public struct SkillProblems: Error, Sendable, Hashable, CustomStringConvertible {
    public let problems: [SkillProblem]

    public init(_ problems: [SkillProblem]) {
        precondition(!problems.isEmpty, "Invariant: a refused skill has a reason.")
        let order = [SkillFolder.skillFile, SkillFolder.entryFile, SkillFolder.exitFile]
        self.problems = problems.enumerated().sorted { a, b in
            let files = (order.firstIndex(of: a.element.file) ?? 3, order.firstIndex(of: b.element.file) ?? 3)
            return (files.0, a.element.line, a.offset) < (files.1, b.element.line, b.offset)
        }.map(\.element)
    }

    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// A piece of the author's text as a message may repeat it: one line, at most 40 characters, in back quotes.
func quoted(_ text: String) -> String {
    var short = ""
    for scalar in text.unicodeScalars.prefix(41) {
        short.unicodeScalars.append(TextRules.isPrintable(scalar) ? scalar : " ")
    }
    return text.unicodeScalars.count > 40 ? "`\(short.dropLast())…`" : "`\(short)`"
}

/// The known key nearest to what was written, when it is near enough to be what was meant.
func nearestKey(to key: String, among known: [String]) -> String? {
    let written = key.lowercased().replacing("-", with: "_").prefix(40)
    let ranked = known.map { (distance: editDistance(Array(written), Array($0)), key: $0) }
        .min { ($0.distance, $0.key) < ($1.distance, $1.key) }
    // A third of the word may be wrong; two swapped letters count as two.
    if let ranked, ranked.distance <= (ranked.key.count < 4 ? 1 : ranked.key.count < 9 ? 2 : 3) { return ranked.key }
    guard written.count >= 4 else { return nil }
    return known.filter { $0.hasPrefix(written) || written.hasPrefix($0 + "_") || $0.contains(written) }.min()
}

/// Insertions, deletions and replacements between two words (Levenshtein 1966), row by row.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, left) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, right) in b.enumerated() {
            let replaced = diagonal + (left == right ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[b.count]
}
