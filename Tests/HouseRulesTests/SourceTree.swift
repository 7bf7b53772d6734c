internal import Foundation

/// The files of the project as the rules see them.
enum SourceTree {
    /// The folder of Package.swift, found from this file's own path.
    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder
    }()

    /// What a checkout has at its top level. Build products and state folders lie beside these.
    private static let topLevel = [".ci", ".gitignore", ".shellcheckrc", "Package.swift", "README.md", "Sources", "Tests",
                                   "docs", "migrations", "nginx", "ops", "web"]

    /// Paths of all files below `folder` (of all top-level entries when nil) relative to the root, sorted.
    static func paths(under folder: String? = nil, ending suffix: String = "") -> [String] {
        var found: [String] = []
        for start in folder.map({ [$0] }) ?? topLevel {
            collect(start, &found)
        }
        return found.filter { $0.hasSuffix(suffix) }.sorted()
    }

    private static func collect(_ path: String, _ found: inout [String]) {
        let url = root.appendingPathComponent(path)
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else { return found.append(path) }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [] {
            if name == "__pycache__" || name.hasSuffix(".pyc") { continue }
            collect(path + "/" + name, &found)
        }
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    /// The text of a file, nil when it is none (a picture).
    static func text(_ path: String) -> String? {
        guard let bytes = FileManager.default.contents(atPath: root.appendingPathComponent(path).path) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The lines of a file with their numbers from 1.
    static func lines(_ path: String) -> [(number: Int, text: Substring)] {
        numbered(text(path) ?? "")
    }

    static func numbered(_ text: String) -> [(number: Int, text: Substring)] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { ($0.offset + 1, $0.element) }
    }

    /// `Sources/Site/Frame/Page.swift` belongs to `Site`.
    static func target(of path: String) -> String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }
}

/// Swift source without its comments and the contents of its string literals; line numbers stay.
struct SwiftCode {
    let text: String

    init(_ source: String) {
        var scanner = Scanner(characters: Array(source.unicodeScalars))
        scanner.code(untilParenthesis: false)
        text = String(String.UnicodeScalarView(scanner.out))
    }

    init(path: String) { self.init(SourceTree.text(path) ?? "") }

    private struct Scanner {
        let characters: [Unicode.Scalar]
        var index = 0
        var out: [Unicode.Scalar] = []

        private func starts(_ text: String, at place: Int? = nil) -> Bool {
            let wanted = Array(text.unicodeScalars)
            let start = place ?? index
            return start + wanted.count <= characters.count && Array(characters[start..<start + wanted.count]) == wanted
        }

        private mutating func skip() {
            out.append(characters[index] == "\n" ? "\n" : " ")
            index += 1
        }

        /// Copies code; with `untilParenthesis` up to the end of an interpolation.
        mutating func code(untilParenthesis: Bool) {
            var depth = 0
            while index < characters.count {
                if starts("//") {
                    while index < characters.count, characters[index] != "\n" { skip() }
                } else if starts("/*") {
                    comment()
                } else if characters[index] == "\"" || (characters[index] == "#" && isRawString) {
                    literal()
                } else {
                    if characters[index] == "(" { depth += 1 }
                    if characters[index] == ")" {
                        if untilParenthesis, depth == 0 { return skip() }
                        depth -= 1
                    }
                    out.append(characters[index])
                    index += 1
                }
            }
        }

        private mutating func comment() {
            var depth = 0
            repeat {
                if starts("/*") {
                    depth += 1
                    skip()
                } else if starts("*/") {
                    depth -= 1
                    skip()
                }
                if index < characters.count { skip() }
            } while depth > 0 && index < characters.count
        }

        private var isRawString: Bool {
            var place = index
            while place < characters.count, characters[place] == "#" { place += 1 }
            return place < characters.count && characters[place] == "\""
        }

        private mutating func literal() {
            var hashes = ""
            while characters[index] == "#" {
                hashes += "#"
                skip()
            }
            let quotes = starts("\"\"\"") ? "\"\"\"" : "\""
            for _ in quotes.unicodeScalars { skip() }
            while index < characters.count, !starts(quotes + hashes) {
                if starts("\\" + hashes + "(") {
                    for _ in 0..<(2 + hashes.count) { skip() }
                    code(untilParenthesis: true)
                } else if starts("\\" + hashes) {
                    for _ in 0..<(1 + hashes.count) where index < characters.count { skip() }
                    if index < characters.count { skip() }
                } else {
                    skip()
                }
            }
            for _ in (quotes + hashes).unicodeScalars where index < characters.count { skip() }
        }
    }
}

/// One line that breaks a rule: reads as `path:line: what to do`.
struct Breach: CustomStringConvertible {
    let path: String
    let line: Int
    let message: String
    var description: String { "\(path):\(line): \(message)" }
}

/// One breach a line, for the failure message.
func told(_ breaches: [Breach]) -> String { "\n" + breaches.map(\.description).joined(separator: "\n") }
