internal import Foundation
internal import Testing

/// The documents lead where they say, and describe the API that is there.
@Suite struct DocumentTests {
    private static var documents: [String] { ["README.md"] + SourceTree.paths(under: "docs", ending: ".md") }

    @Test func linksResolve() throws {
        let link = try Regex(#"\]\(([^)\s]+)\)"#)
        var breaches: [Breach] = []
        for path in Self.documents {
            for (number, line) in Self.prose(path) {
                for match in line.matches(of: link) {
                    guard let target = match.output[1].substring else { continue }
                    if let message = Self.problem(of: String(target), in: path) {
                        breaches.append(Breach(path: path, line: number, message: message))
                    }
                }
            }
        }
        #expect(breaches.isEmpty, "\(told(breaches))")
    }

    /// Lines outside fenced code, inline code blanked.
    private static func prose(_ path: String) -> [(number: Int, text: String)] {
        var isCode = false
        return SourceTree.lines(path).compactMap { number, line in
            if line.hasPrefix("```") {
                isCode.toggle()
                return nil
            }
            if isCode { return nil }
            let parts = line.split(separator: "`", omittingEmptySubsequences: false)
            return (number, parts.enumerated().map { $0.offset % 2 == 0 ? String($0.element) : "" }.joined())
        }
    }

    /// Nil when the link leads somewhere. `/docs/metrics` is `docs/metrics.md`: pages of the site link so.
    private static func problem(of target: String, in path: String) -> String? {
        if target.hasPrefix("https://") || target.hasPrefix("http://") { return nil }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let anchor = parts.count > 1 ? String(parts[1]) : nil
        var file = path
        if !parts[0].isEmpty {
            if target.hasPrefix("/docs/") {
                file = String(parts[0].dropFirst()) + ".md"
            } else if target.hasPrefix("/") {
                return sitePaths.contains(String(parts[0])) ? nil : "no page of the site is at \(target)"
            } else {
                let folder = path.split(separator: "/").dropLast().joined(separator: "/")
                file = normalised(folder.isEmpty ? String(parts[0]) : folder + "/" + parts[0])
            }
        }
        // The picture of the README is made by the browser tests.
        if file == "docs/screenshot.png" { return nil }
        guard SourceTree.exists(file) else { return "\(target) leads nowhere" }
        guard let anchor else { return nil }
        var anchors: [String] = []
        for (_, line) in SourceTree.lines(file) where line.hasPrefix("#") {
            anchors.append(slug(String(line.drop { $0 == "#" || $0 == " " })))
        }
        return anchors.contains(anchor) ? nil : "\(file) has no heading #\(anchor)"
    }

    private static let sitePaths = ["/", "/skills", "/studio", "/signup", "/login", "/docs", "/openapi.yaml"]

    private static func normalised(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }

    /// As the site makes ids of headings: letters and digits of ASCII, joined by single hyphens.
    private static func slug(_ heading: String) -> String {
        var out = ""
        for character in heading.lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                out.append(character)
            } else if !out.isEmpty, out.last != "-" {
                out.append("-")
            }
        }
        while out.last == "-" { out.removeLast() }
        return out
    }

    /// A file of ours that a document names is there; `<Feature>` and `…` stand for names.
    @Test func namedFilesExist() throws {
        let name = try Regex(#"`((?:Sources|Tests|migrations|nginx|ops|web|docs)/[^`\s]+)`"#)
        var breaches: [Breach] = []
        for path in Self.documents {
            for (number, line) in SourceTree.lines(path) {
                for match in line.matches(of: name) {
                    let file = match.output[1].substring ?? ""
                    if file.contains("<") || file.contains("…") || SourceTree.exists(String(file)) { continue }
                    breaches.append(Breach(path: path, line: number, message: "\(file) is not there"))
                }
            }
        }
        #expect(breaches.isEmpty, "\(told(breaches))")
    }

    /// What authors are told to write is what the demo runs.
    @Test func exampleIsTheRealSkill() throws {
        let page = try #require(SourceTree.text("docs/authoring.md"))
        for file in ["SKILL.md", "entry.ts", "exit.ts"] {
            let path = "ops/demo/skills/mara-lindqvist/hourly-sma-cross/" + file
            let text = try #require(SourceTree.text(path)).trimmingCharacters(in: .newlines)
            let isShown = page.contains("```\n\(text)\n```")
            #expect(isShown, "docs/authoring.md shows another text than \(path)")
        }
    }

    /// Every indicator and every setting has its line for authors.
    @Test func authorsAreToldEverything() throws {
        let page = try #require(SourceTree.text("docs/authoring.md"))
        let kinds = try #require(SourceTree.text("Sources/Trading/Indicators/IndicatorKind.swift"))
        let names = kinds.matches(of: try Regex(#"(?m)^    case (\w+)$"#)).compactMap { $0.output[1].substring }
        #expect(names.count > 10)
        for name in names {
            let isDescribed = page.contains("`\(name)(")
            #expect(isDescribed, "docs/authoring.md lacks the indicator \(name)")
        }
        let reader = try #require(SourceTree.text("Sources/Marketplace/Skills/ManifestReader.swift"))
        let lists = reader.matches(of: try Regex(#"static let (?:keys|riskKeys) = \[([^\]]+)\]"#))
        #expect(lists.count == 2)
        for list in lists {
            for key in (list.output[1].substring ?? "").split(separator: "\"") where key.allSatisfy({ $0.isLetter || $0 == "_" }) {
                let isDescribed = page.contains("| `\(key)` |")
                #expect(isDescribed, "docs/authoring.md lacks the setting \(key)")
            }
        }
    }

    /// `get /api/v1/skills/{handle}` for each operation of docs/openapi.yaml.
    private static func described() -> Set<String> {
        var found: Set<String> = []
        var isInPaths = false
        var path = ""
        for (_, line) in SourceTree.lines("docs/openapi.yaml") {
            if let first = line.first, first != " ", first != "#" { isInPaths = line.hasPrefix("paths:") }
            guard isInPaths else { continue }
            let indent = line.prefix { $0 == " " }.count
            let key = line.dropFirst(indent).prefix { $0 != ":" }
            if indent == 2, key.hasPrefix("/") { path = String(key) }
            if indent == 4, ["get", "put", "post", "delete", "patch"].contains(key) { found.insert("\(key) \(path)") }
        }
        return found
    }

    /// The same of the routes that Site's source declares: `.get, "/api/v1/…"`, and event streams, which are read.
    private static func routed() throws -> Set<String> {
        let route = try Regex(#"\.(get|put|post|delete|patch)\s*,\s*"(/api/v1/[^"]*)""#)
        let events = try Regex(#"\bevents\(\s*"(/api/v1/[^"]*)""#)
        let parameter = try Regex(#"@?:(\w+)"#)
        func braced(_ pattern: Substring) -> String {
            String(pattern).replacing(parameter) { match -> String in
                let name: Substring = match.output[1].substring ?? ""
                return "{\(name)}"
            }
        }
        var found: Set<String> = []
        for path in SourceTree.paths(under: "Sources/Site", ending: ".swift") {
            guard let text = SourceTree.text(path) else { continue }
            for match in text.matches(of: route) {
                guard let method = match.output[1].substring, let pattern = match.output[2].substring else { continue }
                found.insert("\(method) \(braced(pattern))")
            }
            for match in text.matches(of: events) {
                if let pattern = match.output[1].substring { found.insert("get \(braced(pattern))") }
            }
        }
        return found
    }

    @Test func apiDescriptionEqualsTheRoutes() throws {
        let described = Self.described()
        let routed = try Self.routed()
        #expect(!described.isEmpty)
        #expect(described.allSatisfy { $0.split(separator: " ").last?.hasPrefix("/api/v1/") == true })
        // Before the first route there is nothing to compare.
        guard !routed.isEmpty else { return }
        #expect(routed.subtracting(described).sorted() == [], "Describe these in docs/openapi.yaml.")
        #expect(described.subtracting(routed).sorted() == [], "docs/openapi.yaml describes these; Sources/Site has no such route.")
    }

    /// Every `$ref` of the description names something in it.
    @Test func apiReferencesResolve() throws {
        var sections: Set<String> = []
        var section = ""
        let lines = SourceTree.lines("docs/openapi.yaml")
        for (_, line) in lines {
            let indent = line.prefix { $0 == " " }.count
            let key = String(line.dropFirst(indent).prefix { $0 != ":" })
            if indent == 2 { section = key }
            if indent == 4 { sections.insert("#/components/\(section)/\(key)") }
        }
        let reference = try Regex(#"\$ref:\s*"([^"]+)""#)
        for (number, line) in lines {
            for match in line.matches(of: reference) {
                let target = match.output[1].substring.map(String.init) ?? ""
                #expect(sections.contains(target), "docs/openapi.yaml:\(number): \(target) is not there")
            }
        }
    }
}
