internal import Base

/// A skill as files: SKILL.md and its optional helpers, as bytes that nobody has checked.
///
/// `manifest()` turns them into a `Manifest` or into everything that is wrong with them; `init(of:)` is the way back.
public struct SkillFolder: Sendable, Hashable {
    public static let skillFile = "SKILL.md"
    public static let entryFile = "entry.ts"
    public static let exitFile = "exit.ts"

    /// SKILL.md.
    public let skill: [UInt8]
    /// entry.ts; nil when there is none. One that holds only white space counts as none.
    public let entry: [UInt8]?
    /// exit.ts, likewise.
    public let exit: [UInt8]?

    public init(skill: [UInt8], entry: [UInt8]? = nil, exit: [UInt8]? = nil) {
        self.skill = skill
        self.entry = entry
        self.exit = exit
    }

    public init(skill: String, entry: String? = nil, exit: String? = nil) {
        self.init(skill: Array(skill.utf8), entry: entry.map { Array($0.utf8) }, exit: exit.map { Array($0.utf8) })
    }

    /// The manifest these files describe. Throws every problem at once, except where one hides what follows it
    /// (text that is not UTF-8, YAML that does not parse).
    public func manifest() throws(SkillProblems) -> Manifest {
        var problems: [SkillProblem] = []
        let entrySource = Self.helperSource(entry, file: Self.entryFile, exporting: "entry", &problems)
        let exitSource = Self.helperSource(exit, file: Self.exitFile, exporting: "exit", &problems)
        guard let parts = SkillText(skill, &problems) else { throw SkillProblems(problems) }
        let members: [FrontMatterNode.Member]
        do {
            members = try FrontMatter.parse(parts.frontMatter, firstLine: 2)
        } catch {
            throw SkillProblems(problems + [error])
        }
        var reader = ManifestReader(members: members, instructionsLine: parts.instructionsLine)
        // A helper that was refused is still there: the rules must not ask for it a second time.
        let manifest = reader.manifest(
            instructions: parts.instructions,
            entrySource: entrySource ?? (Self.isPresent(entry) ? "refused" : nil),
            exitSource: exitSource ?? (Self.isPresent(exit) ? "refused" : nil))
        problems += reader.problems
        guard problems.isEmpty, let manifest else { throw SkillProblems(problems) }
        return manifest
    }

    private static func isPresent(_ bytes: [UInt8]?) -> Bool {
        guard let bytes else { return false }
        return bytes.contains { $0 > 0x20 }
    }

    /// The checked text of one helper. What it does is the compiler's and the sandbox's business.
    private static func helperSource(
        _ bytes: [UInt8]?, file: String, exporting name: String, _ problems: inout [SkillProblem]
    ) -> String? {
        guard let bytes, isPresent(bytes) else { return nil }
        guard bytes.count <= Limits.helperSourceBytesMax else {
            problems.append(SkillProblem(file: file, line: 1, field: name, message: "Shorten the file to "
                + "\(Limits.helperSourceBytesMax) bytes; it has \(bytes.count)."))
            return nil
        }
        guard let text = TextRules.normalised(bytes) else {
            problems.append(SkillProblem(file: file, line: lineOfFirstInvalid(bytes), field: name,
                                         message: "Save the file as UTF-8."))
            return nil
        }
        if let bad = TextRules.firstForbidden(in: text) {
            problems.append(SkillProblem(file: file, line: bad.line, column: bad.column, field: name,
                                         message: "Remove the invisible character \(TextRules.name(bad.scalar))."))
            return nil
        }
        guard text.contains("export"), text.contains(name) else {
            problems.append(SkillProblem(file: file, line: 1, field: name, message: "Export a function called "
                + "`\(name)`: `export function \(name)(ctx) { … }`."))
            return nil
        }
        return text
    }

    /// The line (from 1) in which bytes stop being UTF-8.
    static func lineOfFirstInvalid(_ bytes: [UInt8]) -> Int {
        var line = 1
        for part in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { return line }
            line += 1
        }
        return 1
    }
}

/// SKILL.md cut into front matter and body.
struct SkillText {
    let frontMatter: String
    let instructions: String
    /// Line of SKILL.md on which the body starts, from 1.
    let instructionsLine: Int

    /// Nil, with the reason appended, when it cannot be cut or read.
    init?(_ bytes: [UInt8], _ problems: inout [SkillProblem]) {
        let bytesMax = Limits.frontMatterBytesMax + Limits.instructionsBytesMax
        guard bytes.count <= bytesMax else {
            problems.append(SkillProblem(line: 1, field: "", message: "Shorten SKILL.md to \(bytesMax) bytes; it has "
                + "\(bytes.count)."))
            return nil
        }
        guard let text = TextRules.normalised(bytes) else {
            problems.append(SkillProblem(line: SkillFolder.lineOfFirstInvalid(bytes), field: "",
                                         message: "Save SKILL.md as UTF-8."))
            return nil
        }
        if let bad = TextRules.firstForbidden(in: text) {
            problems.append(SkillProblem(line: bad.line, column: bad.column, field: "", message: "Remove the invisible "
                + "character \(TextRules.name(bad.scalar))."))
            return nil
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        func isFence(_ line: Substring) -> Bool { line.hasPrefix("---") && TextRules.trimmed(line) == "---" }
        guard let first = lines.first, isFence(first) else {
            problems.append(SkillProblem(line: 1, field: "", message: "Start SKILL.md with a line `---`, then the "
                + "settings (`name:`, `slug:`, …), then another `---`, then the instructions."))
            return nil
        }
        guard let end = lines.dropFirst().firstIndex(where: isFence) else {
            problems.append(SkillProblem(line: 1, field: "", message: "Close the front matter with a line `---`."))
            return nil
        }
        frontMatter = lines[1..<end].joined(separator: "\n") + "\n"
        guard frontMatter.utf8.count <= Limits.frontMatterBytesMax else {
            problems.append(SkillProblem(line: 2, field: "", message: "Shorten the front matter to "
                + "\(Limits.frontMatterBytesMax) bytes; long text belongs below it."))
            return nil
        }
        instructions = TextRules.body(lines[(end + 1)...].joined(separator: "\n"))
        let blank = lines[(end + 1)...].prefix { TextRules.trimmed($0).isEmpty }.count
        instructionsLine = min(end + 2 + blank, lines.count)
    }
}
