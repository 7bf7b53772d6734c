internal import Base

/// Where each piece of generated JavaScript came from (Source Map Revision 3, https://tc39.es/ecma426/).
struct SourceMap: Sendable {
    private struct Segment {
        let column: Int
        let sourceLine: Int
    }
    /// One list a generated line, columns rising, all from 0.
    private let lines: [[Segment]]

    /// Decodes `mappings`; what is malformed maps to nothing.
    init(mappings: String) {
        var lines: [[Segment]] = [[]]
        var column = 0
        var sourceLine = 0
        var fields: [Int] = []
        var value = 0
        var shift = 0
        func endSegment() {
            if let first = fields.first { column = column &+ first }
            if fields.count >= 4 {
                sourceLine = sourceLine &+ fields[2]
                if sourceLine >= 0 { lines[lines.count - 1].append(Segment(column: column, sourceLine: sourceLine)) }
            }
            fields.removeAll(keepingCapacity: true)
        }
        for byte in mappings.utf8 {
            switch byte {
            case UInt8(ascii: ","): endSegment()
            case UInt8(ascii: ";"):
                endSegment()
                lines.append([])
                column = 0
            default:
                guard let digit = base64Value(byte), shift < 35 else { continue }
                value |= (digit & 31) << shift
                if digit & 32 != 0 { shift += 5; continue }
                fields.append(value & 1 == 0 ? value >> 1 : -(value >> 1))
                value = 0
                shift = 0
            }
        }
        endSegment()
        self.lines = lines
    }

    /// The author's line, from 1, of a place in the JavaScript, from 1; column 0 means the whole line.
    func sourceLine(line: Int, column: Int) -> Int? {
        guard lines.indices.contains(line - 1) else { return nil }
        let segments = lines[line - 1]
        guard column > 0 else { return segments.first.map { $0.sourceLine + 1 } }
        return (segments.last { $0.column <= column - 1 } ?? segments.first).map { $0.sourceLine + 1 }
    }
}

private func base64Value(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte) - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
}

/// Decodes standard base64, padding optional; nil on anything else.
func decodeBase64(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var bits = 0
    var count = 0
    for byte in text where byte != UInt8(ascii: "=") {
        guard let value = base64Value(byte) else { return nil }
        bits = (bits << 6 | value) & 0xffff
        count += 6
        if count >= 8 {
            count -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> count))
        }
    }
    return result
}
