internal import Base
internal import HTTP

/// The mark of a skill: six decisions around a middle line, up for long and down for short.
///
/// The lineage's first version gives the pattern, the version's own hash the colour, the hollow decision and the dot,
/// so that a fork is recognisably a relative of its source and still itself.
struct Glyph: Sendable, Hashable {
    /// Hash of the first version of the oldest ancestor.
    let root: Digest
    /// Hash of the first version of this skill; equal to `root` for an original.
    let own: Digest

    static let huesCount = 10

    /// Size classes of `web/css/glyph.css`: 20, 32 and 56 px.
    enum Size: String, Sendable { case small, medium, large }

    /// Decorative beside the skill's name, so hidden from screen readers.
    func html(_ size: Size = .small) -> HTML {
        let columns = (0..<6).map { column in bar(column) }
        let hue = Int(own.bytes[0]) % Self.huesCount
        return """
        <svg class="glyph glyph--\(size.rawValue) glyph--hue-\(hue)" viewBox="0 0 32 32" aria-hidden="true" focusable="false">\
        <rect class="glyph__ground" width="32" height="32" rx="6"/>\
        <path class="glyph__axis" d="M4 16h24"/>\(columns)\(dot)</svg>
        """
    }

    private func bar(_ column: Int) -> HTML {
        let byte = Int(root.bytes[column])
        let length = 4 + byte / 2 % 4 * 2
        let isLong = byte % 2 == 0
        let top = isLong ? 16 - length : 16
        let isHollow = own != root && column == Int(own.bytes[1]) % 6
        let kind: HTML = isHollow ? " class=\"glyph__hollow\"" : ""
        return "<rect\(kind) x=\"\(4 + column * 4)\" y=\"\(top)\" width=\"3\" height=\"\(length)\"/>"
    }

    private var dot: HTML {
        guard own != root else { return .empty }
        let column = Int(own.bytes[2]) % 6
        let isAbove = Int(root.bytes[column]) % 2 == 1
        return "<circle cx=\"\(5 + column * 4).5\" cy=\"\(isAbove ? 10 : 22)\" r=\"1.5\"/>"
    }
}
