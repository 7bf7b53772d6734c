/// How one text becomes another, line by line.
public struct LineDifference: Sendable, Hashable {
    public enum Change: String, Sendable, Hashable { case same, removed, added }

    public struct Line: Sendable, Hashable {
        public let change: Change
        public let text: String
        /// Line in the old text, from 1; nil for added lines.
        public let oldLine: Int?
        /// Line in the new text, from 1; nil for removed lines.
        public let newLine: Int?
    }

    /// Pairs of lines that are compared at most; beyond that the changed middle is shown as replaced whole.
    public static let comparisonsMax = 4_000_000

    public let lines: [Line]

    /// True when nothing changed.
    public var isEmpty: Bool { lines.allSatisfy { $0.change == .same } }
    public var added: Int { lines.count { $0.change == .added } }
    public var removed: Int { lines.count { $0.change == .removed } }

    /// The shortest difference (longest common subsequence) between the lines of two texts. A nil text has no lines.
    public init(from old: String?, to new: String?) {
        let a = Self.split(old)
        let b = Self.split(new)
        var head = 0
        while head < a.count, head < b.count, a[head] == b[head] { head += 1 }
        var tail = 0
        while tail < a.count - head, tail < b.count - head, a[a.count - 1 - tail] == b[b.count - 1 - tail] { tail += 1 }
        var result: [Line] = []
        for index in 0..<head { result.append(Line(change: .same, text: a[index], oldLine: index + 1, newLine: index + 1)) }
        let middleA = head..<(a.count - tail)
        let middleB = head..<(b.count - tail)
        Self.compare(a, middleA, b, middleB, into: &result)
        for index in 0..<tail {
            let (oldIndex, newIndex) = (a.count - tail + index, b.count - tail + index)
            result.append(Line(change: .same, text: a[oldIndex], oldLine: oldIndex + 1, newLine: newIndex + 1))
        }
        lines = result
    }

    private static func split(_ text: String?) -> [String] {
        guard let text, !text.isEmpty else { return [] }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func compare(_ a: [String], _ inA: Range<Int>, _ b: [String], _ inB: Range<Int>, into result: inout [Line]) {
        var i = inA.lowerBound
        var j = inB.lowerBound
        func removed(_ index: Int) -> Line { Line(change: .removed, text: a[index], oldLine: index + 1, newLine: nil) }
        func added(_ index: Int) -> Line { Line(change: .added, text: b[index], oldLine: nil, newLine: index + 1) }
        // Both are bounded by the limits on instructions and helpers: the product cannot overflow.
        if !inA.isEmpty, !inB.isEmpty, inA.count * inB.count <= comparisonsMax {
            let width = inB.count + 1
            var common = [Int32](repeating: 0, count: (inA.count + 1) * width)
            for x in stride(from: inA.count - 1, through: 0, by: -1) {
                for y in stride(from: inB.count - 1, through: 0, by: -1) {
                    common[x * width + y] = a[inA.lowerBound + x] == b[inB.lowerBound + y]
                        ? common[(x + 1) * width + y + 1] + 1
                        : max(common[(x + 1) * width + y], common[x * width + y + 1])
                }
            }
            while i < inA.upperBound, j < inB.upperBound {
                let (x, y) = (i - inA.lowerBound, j - inB.lowerBound)
                if a[i] == b[j] {
                    result.append(Line(change: .same, text: a[i], oldLine: i + 1, newLine: j + 1))
                    i += 1
                    j += 1
                } else if common[(x + 1) * width + y] >= common[x * width + y + 1] {
                    result.append(removed(i))
                    i += 1
                } else {
                    result.append(added(j))
                    j += 1
                }
            }
        }
        while i < inA.upperBound { result.append(removed(i)); i += 1 }
        while j < inB.upperBound { result.append(added(j)); j += 1 }
    }
}
