public import Base
internal import Foundation
public import Postgres
internal import Storage

/// The audit log as files: what `AuditVerification` and outsiders check it by. No addresses, no browsers, no names.
public enum AuditExport {
    /// What was written.
    public struct Summary: Sendable, Hashable {
        public var events = 0
        public var leaves = 0
        public var checkpoints = 0
    }

    /// The version of the folder's layout.
    static let format = "tradecraft-audit-export/1"

    /// Writes the log into `folder`, which is made when it is missing. `tx` sees one snapshot of the database as the
    /// engine role in the scope of the house; `now` is when it was taken.
    public static func write(to folder: String, at now: Instant, in tx: borrowing Transaction) throws -> Summary {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var summary = Summary()
        let events = try LineFile("\(folder)/events.jsonl")
        try AuditSnapshotTable.events(in: tx) { bytes in
            try events.add(bytes)
            summary.events += 1
        }
        try events.close()
        let leaves = try LineFile("\(folder)/leaves.jsonl")
        try AuditSnapshotTable.leaves(in: tx) { line in
            try leaves.add(line)
            summary.leaves += 1
        }
        try leaves.close()
        let nodes = try LineFile("\(folder)/nodes.jsonl")
        try AuditSnapshotTable.nodes(in: tx) { try nodes.add($0) }
        try nodes.close()
        let checkpoints = try LineFile("\(folder)/checkpoints.jsonl")
        try AuditSnapshotTable.checkpoints(in: tx) { line in
            try checkpoints.add(line)
            summary.checkpoints += 1
        }
        try checkpoints.close()
        let waiting = try LineFile("\(folder)/waiting.jsonl")
        try AuditSnapshotTable.waiting(in: tx) { try waiting.add($0) }
        try waiting.close()
        let index = try LineFile("\(folder)/index.jsonl")
        try AuditSnapshotTable.index(in: tx) { try index.add($0) }
        try index.close()
        let places = try LineFile("\(folder)/places.jsonl")
        try AuditSnapshotTable.places(in: tx) { try places.add($0) }
        try places.close()
        // Last: a folder without it is no whole export.
        let about = try LineFile("\(folder)/export.json")
        try about.add(.object([
            ("format", .string(format)), ("exported_at", .string(now.description)), ("events", .int(summary.events)),
            ("leaves", .int(summary.leaves)), ("checkpoints", .int(summary.checkpoints)),
        ]))
        try about.close()
        return summary
    }

    /// Lines on their way into a file.
    private final class LineFile {
        private let file: FileHandle
        private var buffer: [UInt8] = []
        private static let bufferBytesMax = 262_144

        init(_ path: String) throws {
            guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
                throw AuditExportError(description: "\(path) cannot be written.")
            }
            self.file = file
        }

        func add(_ bytes: [UInt8]) throws {
            buffer += bytes
            buffer.append(0x0a)
            if buffer.count >= Self.bufferBytesMax { try flush() }
        }

        func add(_ line: JSON) throws { try add(Array(line.text.utf8)) }

        func close() throws {
            try flush()
            try file.close()
        }

        private func flush() throws {
            try file.write(contentsOf: Data(buffer))
            buffer.removeAll(keepingCapacity: true)
        }
    }
}

/// Why an export cannot be written or read.
public struct AuditExportError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
}
