/// What changed between two texts, line by line, with three lines around each change.
struct LineDiff: Sendable, Hashable {
    enum Kind: Sendable, Hashable { case same, added, removed, gap }

    struct Line: Sendable, Hashable {
        let kind: Kind
        let text: String
    }

    let lines: [Line]
    var isEmpty: Bool { !lines.contains { $0.kind == .added || $0.kind == .removed } }

    /// Longer texts are shown as removed and added whole: comparing them costs time in the product of their changes.
    static let linesMax = 4_000
    private static let context = 3

    init(from old: String, to new: String) {
        let before = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let after = new.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard before != after else {
            lines = []
            return
        }
        guard before.count <= Self.linesMax, after.count <= Self.linesMax else {
            lines = before.map { Line(kind: .removed, text: $0) } + after.map { Line(kind: .added, text: $0) }
            return
        }
        lines = Self.folded(Self.merged(before, after))
    }

    private static func merged(_ before: [String], _ after: [String]) -> [Line] {
        let difference = after.difference(from: before)
        var removed = [Bool](repeating: false, count: before.count)
        var added = [Bool](repeating: false, count: after.count)
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed[offset] = true
            case .insert(let offset, _, _): added[offset] = true
            }
        }
        var out: [Line] = []
        var old = 0
        var new = 0
        while old < before.count || new < after.count {
            if old < before.count, removed[old] {
                out.append(Line(kind: .removed, text: before[old]))
                old += 1
            } else if new < after.count, added[new] {
                out.append(Line(kind: .added, text: after[new]))
                new += 1
            } else {
                if new < after.count { out.append(Line(kind: .same, text: after[new])) }
                old += 1
                new += 1
            }
        }
        return out
    }

    private static func folded(_ all: [Line]) -> [Line] {
        var isNear = [Bool](repeating: false, count: all.count)
        for (index, line) in all.enumerated() where line.kind != .same {
            for near in max(0, index - context)...min(all.count - 1, index + context) { isNear[near] = true }
        }
        var out: [Line] = []
        var skipped = 0
        for (index, line) in all.enumerated() {
            if isNear[index] {
                if skipped > 0 { out.append(Line(kind: .gap, text: Format.count(skipped, "line") + " unchanged")) }
                skipped = 0
                out.append(line)
            } else {
                skipped += 1
            }
        }
        if skipped > 0 { out.append(Line(kind: .gap, text: Format.count(skipped, "line") + " unchanged")) }
        return out
    }
}
