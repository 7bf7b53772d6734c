internal import HTTP

/// Emphasis, code spans and links inside one paragraph. Anything else, and anything unfinished, is text.
struct MarkdownInline {
    private let characters: [Character]
    private let source: Markdown.Source
    /// How many closing searches one paragraph may make: each is linear, so their number is capped.
    private var searchesLeft = 200

    init(_ text: String, source: Markdown.Source) {
        characters = Array(text)
        self.source = source
    }

    mutating func render() -> HTML { render(0..<characters.count, depth: 0) }

    private mutating func render(_ range: Range<Int>, depth: Int) -> HTML {
        var out: [HTML] = []
        var plain = ""
        var index = range.lowerBound
        while index < range.upperBound {
            if let (html, end) = span(index, range.upperBound, depth: depth) {
                out.append("\(plain)\(html)")
                plain = ""
                index = end
            } else if characters[index] == "\\", index + 1 < range.upperBound, Self.isPunctuation(characters[index + 1]) {
                plain.append(characters[index + 1])
                index += 2
            } else {
                plain.append(characters[index])
                index += 1
            }
        }
        out.append("\(plain)")
        return "\(out)"
    }

    /// The markup of a span that starts at `index`, and where it ends; nil when none does.
    private mutating func span(_ index: Int, _ end: Int, depth: Int) -> (HTML, Int)? {
        switch characters[index] {
        case "`":
            guard let close = find("`", from: index + 1, to: end) else { return nil }
            return ("<code>\(String(characters[(index + 1)..<close]))</code>", close + 1)
        case "*" where depth < 4, "_" where depth < 4 && startsWord(index):
            return emphasis(index, end, depth: depth)
        case "[" where depth < 4:
            return link(index, end, depth: depth)
        default:
            return nil
        }
    }

    private mutating func emphasis(_ index: Int, _ end: Int, depth: Int) -> (HTML, Int)? {
        let mark = characters[index]
        let isStrong = index + 1 < end && characters[index + 1] == mark
        let start = index + (isStrong ? 2 : 1)
        guard start < end, !characters[start].isWhitespace,
              let close = findEmphasisEnd(mark, isStrong: isStrong, from: start, to: end) else { return nil }
        let inner = render(start..<close, depth: depth + 1)
        return isStrong ? ("<strong>\(inner)</strong>", close + 2) : ("<em>\(inner)</em>", close + 1)
    }

    private mutating func findEmphasisEnd(_ mark: Character, isStrong: Bool, from start: Int, to end: Int) -> Int? {
        guard spendSearch() else { return nil }
        var index = start + 1
        while index < end {
            if characters[index] == mark, !characters[index - 1].isWhitespace {
                let isDouble = index + 1 < end && characters[index + 1] == mark
                if isStrong == isDouble { return index }
                if isDouble { index += 1 }
            }
            index += 1
        }
        return nil
    }

    private mutating func link(_ index: Int, _ end: Int, depth: Int) -> (HTML, Int)? {
        guard let close = find("]", from: index + 1, to: end), close + 1 < end, characters[close + 1] == "(",
              let last = find(")", from: close + 2, to: end) else { return nil }
        let target = String(characters[(close + 2)..<last])
        let text = render((index + 1)..<close, depth: 4)
        guard let address = Self.safe(target, source: source) else { return ("\(text)", last + 1) }
        switch source {
        case .people: return ("<a href=\"\(address)\" rel=\"nofollow ugc noopener noreferrer\">\(text)</a>", last + 1)
        case .documentation: return ("<a href=\"\(address)\">\(text)</a>", last + 1)
        }
    }

    /// `target` when a link may go there: http and https, and paths and fragments of this site in our own documents.
    static func safe(_ target: String, source: Markdown.Source) -> String? {
        guard target.utf8.count <= 2_048,
              target.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f && $0 != "\\" }) else { return nil }
        let lower = target.lowercased()
        if lower.hasPrefix("https://") || lower.hasPrefix("http://") { return target }
        guard source == .documentation else { return nil }
        if target.hasPrefix("#") { return target }
        return target.hasPrefix("/") && !target.hasPrefix("//") ? target : nil
    }

    private mutating func find(_ character: Character, from start: Int, to end: Int) -> Int? {
        guard start < end, spendSearch() else { return nil }
        return characters[start..<end].firstIndex(of: character)
    }

    private mutating func spendSearch() -> Bool {
        searchesLeft -= 1
        return searchesLeft > 0
    }

    private func startsWord(_ index: Int) -> Bool {
        guard index > 0 else { return true }
        let before = characters[index - 1]
        return !(before.isLetter || before.isNumber)
    }

    private static func isPunctuation(_ character: Character) -> Bool {
        character.isASCII && (character.isPunctuation || character.isSymbol)
    }
}
