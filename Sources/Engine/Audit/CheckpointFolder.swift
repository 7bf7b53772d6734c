internal import Base
internal import Foundation
internal import Security

/// The checkpoints as they are kept outside the database: a file a day, only ever appended to.
///
/// `checkpoints-2026-11-22` holds one record after another: the length of a signed note in bytes, a line break, the note.
/// What a crash left half written at the very end is cut off and written again.
public struct CheckpointFolder: Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// Why the folder cannot be read or written.
    public struct Damage: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    private static let prefix = "checkpoints-"
    /// Notes of ours have about 250 bytes.
    private static let noteBytesMax = 65_536

    // MARK: Reading

    /// Every note in order. A record that is cut short at the very end is left out: its writer died.
    public func notes() throws -> [String] {
        let names = try files()
        var notes: [String] = []
        for name in names {
            let read = try Self.records(in: contents(of: name), file: name)
            guard read.rest == 0 || name == names.last else {
                throw Damage(description: "\(path)/\(name): the last record is cut short, and a later file follows.")
            }
            notes += read.notes
        }
        return notes
    }

    /// The newest note; nil in an empty folder.
    func newest() throws -> String? {
        for name in try files().reversed() {
            if let note = try Self.records(in: contents(of: name), file: name).notes.last { return note }
        }
        return nil
    }

    /// The notes of one file, and how many bytes of a started record follow.
    static func records(in bytes: [UInt8], file: String) throws(Damage) -> (notes: [String], rest: Int) {
        var notes: [String] = []
        var start = 0
        while start < bytes.count {
            var index = start
            var length = 0
            while index < bytes.count, (0x30...0x39).contains(bytes[index]), length <= noteBytesMax {
                length = length * 10 + Int(bytes[index] - 0x30)
                index += 1
            }
            let rest = bytes.count - start
            if index == bytes.count || bytes[start...].allSatisfy({ $0 == 0 }) { return (notes, rest) }
            guard index > start, bytes[index] == 0x0a, length > 0, length <= noteBytesMax else {
                throw Damage(description: "\(file): byte \(start + 1) should start a record, and does not.")
            }
            let end = index + 1 + length
            if end > bytes.count { return (notes, rest) }
            guard let note = String(validating: bytes[(index + 1)..<end], as: UTF8.self) else {
                throw Damage(description: "\(file): the record at byte \(start + 1) is not text.")
            }
            notes.append(note)
            start = end
        }
        return (notes, 0)
    }

    private func files() throws -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasPrefix(Self.prefix) }.sorted()
    }

    private func contents(of name: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else {
            throw Damage(description: "\(path)/\(name) cannot be read.")
        }
        return Array(data)
    }

    // MARK: Writing

    /// Holds off every other process that writes here, until it goes.
    final class Lock {
        private let file: FileHandle
        init?(path: String) {
            if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
            guard let file = FileHandle(forUpdatingAtPath: path), flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
            self.file = file
        }
        deinit {
            flock(file.fileDescriptor, LOCK_UN)
            // Nothing was written through it.
            try? file.close()
        }
    }

    /// Nil while another process writes here.
    func lock() throws -> Lock? {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return Lock(path: "\(path)/lock")
    }

    /// Appends notes of one day. They have reached the disk when this returns. Under the lock.
    func append(_ notes: [String], day: CalendarDate) throws {
        let name = Self.prefix + day.description
        let isNew = !FileManager.default.fileExists(atPath: "\(path)/\(name)")
        if isNew {
            guard FileManager.default.createFile(atPath: "\(path)/\(name)", contents: nil) else {
                throw Damage(description: "\(path)/\(name) cannot be made.")
            }
        }
        guard let file = FileHandle(forUpdatingAtPath: "\(path)/\(name)") else {
            throw Damage(description: "\(path)/\(name) cannot be written.")
        }
        let rest = try Self.records(in: Array(file.readToEnd() ?? Data()), file: name).rest
        let size = try file.seekToEnd()
        try file.truncate(atOffset: size - UInt64(rest))
        let records = notes.map { "\($0.utf8.count)\n\($0)" }.joined()
        try file.write(contentsOf: Data(records.utf8))
        try file.synchronize()
        try file.close()
        // A new name survives a power cut once its folder has reached the disk.
        if isNew, let folder = FileHandle(forReadingAtPath: path) {
            try folder.synchronize()
            try folder.close()
        }
    }

    // MARK: The sequencer's halt

    private var haltFile: String { "\(path)/halted" }

    /// Why the sequencer signs nothing; nil while all is well.
    public var haltReason: String? {
        FileManager.default.contents(atPath: haltFile).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Leaves word for `tradecraft doctor`, or takes it back. The log says the same: a folder that cannot be written
    /// must not hide why.
    func setHalt(_ reason: String?) {
        if let reason {
            // The error log has it too.
            try? Data(reason.utf8).write(to: URL(fileURLWithPath: haltFile))
        } else if FileManager.default.fileExists(atPath: haltFile) {
            // Tried again with the next round.
            try? FileManager.default.removeItem(atPath: haltFile)
        }
    }
}
