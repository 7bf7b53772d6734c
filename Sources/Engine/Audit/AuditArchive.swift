internal import Base
internal import Foundation

/// An exported audit log, read line by line.
struct AuditArchive {
    let folder: String
    /// When the snapshot was taken.
    let exportedAt: Instant

    /// Lines longer than this are refused: no event of ours comes near.
    private static let lineBytesMax = 1_048_576
    private static let chunkBytes = 262_144

    init(folder: String) throws {
        self.folder = folder
        guard let data = FileManager.default.contents(atPath: "\(folder)/export.json") else {
            throw AuditExportError(description: "\(folder) is no whole export: export.json is missing. Run `tradecraft audit export` again.")
        }
        // What is wrong with it is said below.
        let about = try? JSON(parsing: Array(data))
        guard about?["format"]?.string == AuditExport.format, let time = about?["exported_at"]?.string.flatMap({ Instant($0) }) else {
            throw AuditExportError(description: "\(folder)/export.json is not of a kind that this program knows.")
        }
        exportedAt = time
    }

    /// Every line of a file with its number from 1.
    func lines(_ name: String, _ body: (Int, [UInt8]) throws -> Void) throws {
        guard let file = FileHandle(forReadingAtPath: "\(folder)/\(name)") else {
            throw AuditExportError(description: "\(folder)/\(name) is missing.")
        }
        var pending: [UInt8] = []
        var number = 0
        while let chunk = try file.read(upToCount: Self.chunkBytes), !chunk.isEmpty {
            pending += chunk
            var start = 0
            while let end = pending[start...].firstIndex(of: 0x0a) {
                number += 1
                try body(number, Array(pending[start..<end]))
                start = end + 1
            }
            pending.removeFirst(start)
            guard pending.count <= Self.lineBytesMax else {
                throw AuditExportError(description: "\(folder)/\(name): line \(number + 1) is too long.")
            }
        }
        try file.close()
        if !pending.isEmpty { try body(number + 1, pending) }
    }
}
