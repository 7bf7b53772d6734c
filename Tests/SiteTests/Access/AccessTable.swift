import Foundation

/// `docs/access.md` as rows: what each endpoint answers to whom.
struct AccessTable {
    /// Who asks. The columns of the document, in its order.
    enum Column: String, CaseIterable {
        case out, viewer, trader, author, owner, other, unverified, suspended
        case noProof = "no proof"
        case noFactor = "no factor"
        case admin
        case tokenWithout = "token without"
        case tokenWith = "token with"
    }

    struct Row {
        /// `GET /runs/:id`.
        let endpoint: String
        /// One status per column.
        let statuses: [Int]
    }

    let rows: [Row]
    /// Lines that look like rows and are none.
    let malformed: [String]

    static let path: String = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/docs/access.md"

    init() throws { self.init(try String(contentsOfFile: Self.path, encoding: .utf8)) }

    init(_ text: String) {
        var rows: [Row] = []
        var malformed: [String] = []
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let statuses = cells.dropFirst().map { Int($0) ?? 0 }
            let endpoint = cells.first?.replacingOccurrences(of: "`", with: "") ?? ""
            guard statuses.count == Column.allCases.count, statuses.allSatisfy({ (200...599).contains($0) }) else {
                malformed.append(String(line))
                continue
            }
            rows.append(Row(endpoint: endpoint, statuses: Array(statuses)))
        }
        self.rows = rows
        self.malformed = malformed
    }

    /// A row as the document writes it.
    static func line(_ endpoint: String, _ statuses: [Int]) -> String {
        "| `\(endpoint)` | " + statuses.map(String.init).joined(separator: " | ") + " |"
    }
}
