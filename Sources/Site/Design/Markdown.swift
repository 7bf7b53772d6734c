internal import HTTP

/// A small, safe subset of Markdown: headings, paragraphs, lists, quotes, tables, fenced code, emphasis, code, links.
///
/// Raw HTML is text. Links go to http, https and, in our own documents, to paths of this site; images are not loaded.
/// Every construct costs time linear in its line, so hostile text costs no more than long text.
struct Markdown {
    /// Where a document comes from decides what its links may do.
    enum Source: Sendable {
        /// A skill's instructions: outside links only, marked `nofollow ugc`.
        case people
        /// Our documentation: links to this site are allowed, headings get ids.
        case documentation
    }

    /// Longer text is shown whole as preformatted text, not parsed.
    static let bytesMax = 256_000
    /// Lists and quotes nested deeper are shown flat.
    static let nestingMax = 4

    private let source: Source
    /// Added to the level of each heading, so that the page keeps one `h1`.
    private let headingShift: Int

    /// Renders `text`; the first heading level becomes `topHeading` (2 to 6).
    static func render(_ text: String, source: Source, topHeading: Int = 2) -> HTML {
        guard text.utf8.count <= bytesMax else { return "<pre class=\"code\"><code>\(text)</code></pre>" }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.last == "\r" ? String(line.dropLast()) : String(line)
        }
        let top = topLevel(lines)
        let renderer = Markdown(source: source, headingShift: min(max(topHeading, 2), 6) - top)
        return "<div class=\"prose\">\(renderer.blocks(lines[...], depth: 0))</div>"
    }

    /// The highest heading outside code; 1 when there is none.
    private static func topLevel(_ lines: [String]) -> Int {
        var top: Int?
        var open: String?
        for line in lines {
            if let mark = open {
                if closes(line, mark) { open = nil }
            } else if let mark = fence(line) {
                open = mark
            } else if let level = heading(line)?.level {
                top = min(top ?? level, level)
            }
        }
        return top ?? 1
    }

    // MARK: Blocks

    private func blocks(_ lines: ArraySlice<String>, depth: Int) -> [HTML] {
        var out: [HTML] = []
        var index = lines.startIndex
        while index < lines.endIndex {
            let line = lines[index]
            if line.allSatisfy(\.isWhitespace) {
                index += 1
            } else if let fence = Self.fence(line) {
                let end = lines[(index + 1)...].firstIndex { Self.closes($0, fence) } ?? lines.endIndex
                out.append(code(lines[(index + 1)..<end]))
                index = min(end + 1, lines.endIndex)
            } else if let found = Self.heading(line) {
                out.append(heading(found.level, found.text))
                index += 1
            } else if Self.isRule(line) {
                out.append("<hr>")
                index += 1
            } else if line.hasPrefix(">"), depth < Self.nestingMax {
                let end = lines[index...].firstIndex { !$0.hasPrefix(">") } ?? lines.endIndex
                let inner = lines[index..<end].map { $0.dropFirst().first == " " ? String($0.dropFirst(2)) : String($0.dropFirst()) }
                out.append("<blockquote>\(blocks(inner[...], depth: depth + 1))</blockquote>")
                index = end
            } else if Self.item(line) != nil, depth < Self.nestingMax {
                out.append(list(lines, from: &index, depth: depth))
            } else if let end = Self.tableEnd(lines, from: index) {
                out.append(table(lines[index..<end]))
                index = end
            } else {
                out.append(paragraph(lines, from: &index, depth: depth))
            }
        }
        return out
    }

    private func code(_ lines: ArraySlice<String>) -> HTML {
        "<pre class=\"code\" tabindex=\"0\"><code>\(lines.joined(separator: "\n"))</code></pre>"
    }

    private func heading(_ level: Int, _ text: String) -> HTML {
        let content = inline(text)
        let id: HTML = source == .documentation ? " id=\"\(Self.anchor(text))\"" : .empty
        switch min(max(level + headingShift, 2), 6) {
        case 2: return "<h2\(id)>\(content)</h2>"
        case 3: return "<h3\(id)>\(content)</h3>"
        case 4: return "<h4\(id)>\(content)</h4>"
        case 5: return "<h5\(id)>\(content)</h5>"
        default: return "<h6\(id)>\(content)</h6>"
        }
    }

    private func paragraph(_ lines: ArraySlice<String>, from index: inout Int, depth: Int) -> HTML {
        var text = lines[index]
        index += 1
        while index < lines.endIndex, !startsBlock(lines[index], depth: depth) {
            text += "\n" + lines[index]
            index += 1
        }
        return "<p>\(inline(text))</p>"
    }

    private func startsBlock(_ line: String, depth: Int) -> Bool {
        line.allSatisfy(\.isWhitespace) || Self.fence(line) != nil || Self.heading(line) != nil || Self.isRule(line)
            || (depth < Self.nestingMax && (line.hasPrefix(">") || Self.item(line) != nil))
    }

    private func list(_ lines: ArraySlice<String>, from index: inout Int, depth: Int) -> HTML {
        guard let first = Self.item(lines[index]) else { return .empty }
        var items: [HTML] = []
        while index < lines.endIndex, let item = Self.item(lines[index]), item.isOrdered == first.isOrdered {
            var inner = [item.text]
            index += 1
            while index < lines.endIndex, Self.indentation(lines[index]) >= 2 || Self.isLazy(lines, index) {
                inner.append(Self.unindented(lines[index], by: item.width))
                index += 1
            }
            while index < lines.endIndex, lines[index].isEmpty, index + 1 < lines.endIndex,
                  Self.item(lines[index + 1])?.isOrdered == first.isOrdered { index += 1 }
            items.append(inner.count == 1 ? "<li>\(inline(item.text))</li>" : "<li>\(blocks(inner[...], depth: depth + 1))</li>")
        }
        return first.isOrdered ? "<ol>\(items)</ol>" : "<ul>\(items)</ul>"
    }

    private func table(_ lines: ArraySlice<String>) -> HTML {
        let rows = lines.enumerated().filter { $0.offset != 1 }.map { Self.cells($0.element) }
        let width = rows.first?.count ?? 0
        let head = (rows.first ?? []).map { "<th scope=\"col\">\(inline($0))</th>" as HTML }
        let body = rows.dropFirst().map { row in
            "<tr>\((0..<width).map { "<td>\($0 < row.count ? inline(row[$0]) : .empty)</td>" as HTML })</tr>" as HTML
        }
        return """
        <div class="table-frame" tabindex="0" role="region" aria-label="Table"><table class="table">\
        <thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>
        """
    }

    // MARK: Inline

    private func inline(_ text: String) -> HTML {
        var scanner = MarkdownInline(text, source: source)
        return scanner.render()
    }
}

extension Markdown {
    // MARK: Recognising lines

    private static func heading(_ line: String) -> (level: Int, text: String)? {
        let level = line.prefix { $0 == "#" }.count
        guard (1...6).contains(level), line.dropFirst(level).first == " " else { return nil }
        let text = line.dropFirst(level).drop { $0 == " " }
        return text.isEmpty ? nil : (level, String(text))
    }

    private static func fence(_ line: String) -> String? {
        for mark in ["```", "~~~"] where line.hasPrefix(mark) { return mark }
        return nil
    }

    private static func closes(_ line: String, _ fence: String) -> Bool {
        line.hasPrefix(fence) && line.allSatisfy { $0 == fence.first || $0 == " " }
    }

    private static func isRule(_ line: String) -> Bool {
        line.count >= 3 && (line.allSatisfy { $0 == "-" } || line.allSatisfy { $0 == "*" } || line.allSatisfy { $0 == "_" })
    }

    /// A list item: its kind, the width of its marker and the text after it.
    private static func item(_ line: String) -> (isOrdered: Bool, width: Int, text: String)? {
        if let mark = line.first, mark == "-" || mark == "*" || mark == "+" {
            guard line.dropFirst().first == " " else { return nil }
            return (false, 2, String(line.dropFirst(2)))
        }
        let digits = line.prefix { $0.isASCII && $0.isNumber }.count
        guard (1...3).contains(digits) else { return nil }
        let rest = line.dropFirst(digits)
        guard rest.first == "." || rest.first == ")", rest.dropFirst().first == " " else { return nil }
        return (true, digits + 2, String(rest.dropFirst(2)))
    }

    private static func indentation(_ line: String) -> Int { line.prefix { $0 == " " }.count }

    private static func unindented(_ line: String, by width: Int) -> String {
        String(line.dropFirst(min(indentation(line), width)))
    }

    /// A blank line inside an item: the next line is still indented.
    private static func isLazy(_ lines: ArraySlice<String>, _ index: Int) -> Bool {
        lines[index].isEmpty && index + 1 < lines.endIndex && indentation(lines[index + 1]) >= 2
    }

    /// The end of a pipe table that starts at `index`, or nil.
    private static func tableEnd(_ lines: ArraySlice<String>, from index: Int) -> Int? {
        guard index + 1 < lines.endIndex, lines[index].contains("|"), lines[index + 1].contains("-"),
              lines[index + 1].contains("|"),
              lines[index + 1].allSatisfy({ $0 == "|" || $0 == "-" || $0 == ":" || $0 == " " }) else { return nil }
        return lines[(index + 2)...].firstIndex { !$0.contains("|") } ?? lines.endIndex
    }

    private static func cells(_ line: String) -> [String] {
        var text = line[...]
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        if text.first == "|" { text = text.dropFirst() }
        if text.last == "|" { text = text.dropLast() }
        return text.split(separator: "|", omittingEmptySubsequences: false).prefix(16).map { cell in
            var cell = cell
            while cell.first == " " { cell = cell.dropFirst() }
            while cell.last == " " { cell = cell.dropLast() }
            return String(cell)
        }
    }

    /// `Risk caps & limits` is `risk-caps-limits`: letters and digits of ASCII, joined by single hyphens.
    static func anchor(_ text: String) -> String {
        var out = ""
        for scalar in text.lowercased().unicodeScalars {
            if ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) {
                out.unicodeScalars.append(scalar)
            } else if !out.isEmpty, out.last != "-" {
                out.append("-")
            }
        }
        while out.last == "-" { out.removeLast() }
        return out
    }
}
