internal import Base
internal import Yams

/// A YAML value of the front matter with the place it was written at. Free of Yams, so that only this file knows it.
struct FrontMatterNode {
    struct Member {
        let key: String
        let line: Int
        let column: Int
        let value: FrontMatterNode
    }
    enum Content {
        /// The text as written, without quotes; `isPlain` when it had none.
        case scalar(String, isPlain: Bool)
        case list([FrontMatterNode])
        case map([Member])
    }

    let content: Content
    /// In SKILL.md, from 1.
    let line: Int
    let column: Int

    /// `key:` with nothing after it.
    var isEmpty: Bool {
        if case .scalar(let text, isPlain: true) = content { text.isEmpty || text == "~" || text == "null" } else { false }
    }

    /// What stands here, for messages.
    var shown: String {
        switch content {
        case .scalar(let text, _): text.isEmpty ? "nothing" : quoted(text)
        case .list: "a list"
        case .map: "a group of keys"
        }
    }
}

/// Reads the YAML between the `---` lines, within limits that keep hostile text from costing more than its length.
struct FrontMatter {
    /// Nesting of `[` and `{`, and of `-` on one line. The manifest needs two.
    static let depthMax = 8
    /// Marks that could be YAML aliases. Each can at most multiply the tree by a small factor: few are harmless, and
    /// are then refused by their place in the tree; many are refused unread.
    static let aliasMarksMax = 20

    /// The members of the top-level map. `firstLine` is the line of SKILL.md that `yaml` starts on.
    static func parse(_ yaml: String, firstLine: Int) throws(SkillProblem) -> [FrontMatterNode.Member] {
        try checkShape(yaml, firstLine: firstLine)
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml, .default, .default, .utf8)
        } catch let error as YamlError {
            throw problem(from: error, yaml: yaml, firstLine: firstLine)
        } catch {
            throw SkillProblem(line: firstLine, field: "", message: "The front matter is not YAML that can be read.")
        }
        guard let root else { return [] }
        var conversion = Conversion(firstLine: firstLine)
        let node = try conversion.node(root, depth: 0)
        if node.isEmpty { return [] }
        guard case .map(let members) = node.content else {
            throw SkillProblem(line: node.line, field: "", message: "Write the front matter as `key: value` lines.")
        }
        return members
    }

    /// Refuses, before any parser sees it, text that nests deeply or could expand.
    private static func checkShape(_ yaml: String, firstLine: Int) throws(SkillProblem) {
        var line = firstLine
        var flowDepth = 0
        var dashes = 0
        var aliases = 0
        var atStart = true
        var previous: UInt8 = 0x0a
        let bytes = Array(yaml.utf8)
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x0a:
                line += 1
                dashes = 0
                atStart = true
            case 0x20: break
            case UInt8(ascii: "-"), UInt8(ascii: "?"):
                if atStart { dashes += 1 }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                flowDepth += 1
                atStart = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                flowDepth = max(0, flowDepth - 1)
                atStart = false
            case UInt8(ascii: "*"):
                let next = index + 1 < bytes.count ? bytes[index + 1] : 0x20
                if next > 0x20, previous <= 0x20 || "[{,:".utf8.contains(previous) { aliases += 1 }
                atStart = false
            default: atStart = false
            }
            previous = byte
            guard flowDepth <= depthMax, dashes <= depthMax else {
                throw SkillProblem(line: line, field: "", message: "The front matter is nested too deeply; a manifest "
                    + "needs lists and one group of keys only.")
            }
        }
        guard aliases <= aliasMarksMax else {
            throw SkillProblem(line: firstLine, field: "", message: aliasMessage)
        }
    }

    private static let aliasMessage =
        "YAML anchors and aliases (`&name`, `*name`) are not allowed here; write the value out."

    private struct Conversion {
        let firstLine: Int
        var last = (line: 0, column: 0)

        /// Walks in the order of the text. An alias shows as a node that was already passed.
        mutating func node(_ node: Node, depth: Int) throws(SkillProblem) -> FrontMatterNode {
            let mark = (line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
            let line = firstLine + mark.line - 1
            guard mark >= last else {
                throw SkillProblem(line: firstLine + last.line - 1, field: "", message: FrontMatter.aliasMessage)
            }
            last = mark
            guard depth <= FrontMatter.depthMax else {
                throw SkillProblem(line: line, field: "", message: "The front matter is nested too deeply.")
            }
            return FrontMatterNode(content: try content(of: node, line: line, depth: depth), line: line, column: mark.column)
        }

        private mutating func content(of node: Node, line: Int, depth: Int) throws(SkillProblem) -> FrontMatterNode.Content {
            switch node {
            case .scalar(let scalar):
                let tag = scalar.tag.rawValue
                guard tag.isEmpty || tag == "tag:yaml.org,2002:str" || depth == 0 else {
                    throw SkillProblem(line: line, field: "", message: "Remove the YAML tag \(quoted(tag)); plain values "
                        + "are enough here.")
                }
                return .scalar(scalar.string, isPlain: scalar.style == .plain)
            case .sequence(let sequence):
                var items: [FrontMatterNode] = []
                for item in sequence { items.append(try self.node(item, depth: depth + 1)) }
                return .list(items)
            case .mapping(let mapping):
                var members: [FrontMatterNode.Member] = []
                for (key, value) in mapping {
                    let mark = key.mark
                    let keyLine = firstLine + (mark?.line ?? 1) - 1
                    guard let name = key.scalar?.string else {
                        throw SkillProblem(line: keyLine, field: "", message: "Keys are plain words such as `name:`.")
                    }
                    if let mark {
                        guard (mark.line, mark.column) >= last else {
                            throw SkillProblem(line: line, field: "", message: FrontMatter.aliasMessage)
                        }
                        last = (mark.line, mark.column)
                    }
                    members.append(.init(key: name, line: keyLine, column: mark?.column ?? 1,
                                         value: try self.node(value, depth: depth + 1)))
                }
                return .map(members)
            case .alias:
                throw SkillProblem(line: line, field: "", message: FrontMatter.aliasMessage)
            }
        }
    }

    private static func problem(from error: YamlError, yaml: String, firstLine: Int) -> SkillProblem {
        func at(_ mark: Mark, _ message: String) -> SkillProblem {
            SkillProblem(line: firstLine + max(1, mark.line) - 1, column: max(1, mark.column), field: "", message: message)
        }
        switch error {
        case .duplicatedKeysInMapping(let names, _):
            let name = names.first ?? ""
            return SkillProblem(line: firstLine + secondLine(of: name, in: yaml), field: name,
                                message: "\(quoted(name)) is written twice; keep one.")
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
            if (1...max(1, lines.count)).contains(mark.line), lines[mark.line - 1].utf8.contains(0x09) {
                return at(mark, "Indent with spaces; a tab is not allowed in the front matter.")
            }
            if problem.contains("alias") { return at(mark, aliasMessage) }
            return at(mark, "This is not valid YAML (\(problem)). Check the colon, quotes and indentation; put text "
                + "that holds `: ` or starts with a special character in quotes.")
        case .reader(let problem, let offset, _, _):
            let line = yaml.prefix(offset ?? 0).count { $0 == "\n" }
            return SkillProblem(line: firstLine + line, field: "", message: "The text cannot be read (\(problem)).")
        default:
            return SkillProblem(line: firstLine, field: "", message: "The front matter is not YAML that can be read.")
        }
    }

    /// Offset in lines of the second place that writes `name:` as a key; 0 when it is not found.
    private static func secondLine(of name: String, in yaml: String) -> Int {
        var seen = false
        for (index, line) in yaml.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = TextRules.trimmed(line)
            for spelling in [name, "\"\(name)\"", "'\(name)'"] where text.hasPrefix(spelling) {
                guard TextRules.trimmed(text.dropFirst(spelling.count)).hasPrefix(":") else { continue }
                if seen { return index }
                seen = true
            }
        }
        return 0
    }
}
