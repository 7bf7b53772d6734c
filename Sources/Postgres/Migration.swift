public import Base
internal import Glibc

/// One numbered step of the schema: `migrations/NNNN_name.sql`. Once released it never changes.
public struct Migration: Sendable, Hashable {
    /// 1, 2, 3 … without gaps.
    public let number: Int
    /// The file's name without `.sql`, e.g. `0001_foundation`.
    public let name: String
    public let sql: String

    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// SHA-256 of the file.
    public var digest: Digest { .of(sql) }
}

/// Why the schema cannot be brought up to date; each says what to do.
public enum MigrationError: Error, Sendable, Hashable, CustomStringConvertible {
    case unreadable(path: String)
    case badName(file: String)
    case duplicate(number: Int, first: String, second: String)
    case gap(expected: Int, found: String)
    case edited(name: String)
    case missing(name: String)
    case unknownLater(name: String)
    case anotherIsRunning
    case endsTransaction(name: String)
    case failed(name: String, PostgresError)

    public var description: String {
        switch self {
        case .unreadable(let path):
            "The migrations folder or file \(path) cannot be read. Name the right one with --migrations."
        case .badName(let file):
            "The file \(file) is not named like 0001_name.sql (four digits, then lower-case words joined by _). Rename it."
        case .duplicate(let number, let first, let second):
            "Two migrations have the number \(number): \(first) and \(second). Give the newer one the next free number."
        case .gap(let expected, let found):
            "Migration number \(expected) is missing: the file found in its place is \(found). Numbers have no gaps."
        case .edited(let name):
            "Migration \(name) was changed after it had been applied to this database. Restore the file and put the "
                + "change into a new migration."
        case .missing(let name):
            "Migration \(name) was applied to this database but its file is missing. Restore the file."
        case .unknownLater(let name):
            "The database has migration \(name), which this version of Tradecraft does not know. Run the newer version."
        case .anotherIsRunning:
            "Another migration has been running on this database for a minute. Wait for it, or end its connection, "
                + "and try again."
        case .endsTransaction(let name):
            "Migration \(name) ends the transaction it runs in. Take BEGIN, COMMIT and ROLLBACK out of the file."
        case .failed(let name, let error):
            "Migration \(name) failed and was rolled back: \(error.message)"
                + (error.sqlState.map { " (SQLSTATE \($0))" } ?? "")
        }
    }
}

extension Migration {
    /// Every migration of a folder in order, checked: well named, no duplicates, numbered from 1 without gaps.
    /// Files that do not end in `.sql` are ignored.
    public static func readAll(in directory: String) throws(MigrationError) -> [Migration] {
        var migrations: [Migration] = []
        for file in try fileNames(in: directory).sorted() where file.hasSuffix(".sql") {
            let name = String(file.dropLast(4))
            guard let number = number(of: name) else { throw .badName(file: file) }
            let expected = migrations.count + 1
            if let last = migrations.last, last.number == number {
                throw .duplicate(number: number, first: last.name, second: name)
            }
            guard number == expected else { throw .gap(expected: expected, found: name) }
            let path = directory + "/" + file
            guard let sql = text(of: path) else { throw .unreadable(path: path) }
            migrations.append(Migration(number: number, name: name, sql: sql))
        }
        return migrations
    }

    /// Names a set of migrations: equal digests make equal schemas. The key of a test template.
    public static func digest(of migrations: [Migration]) -> Digest {
        .of(.array(migrations.map { .array([.string($0.name), .string($0.digest.hex)]) }))
    }

    private static func number(of name: String) -> Int? {
        let bytes = Array(name.utf8)
        guard bytes.count > 5, bytes[4] == UInt8(ascii: "_"), let number = Int(name.prefix(4)), number > 0,
              bytes[..<4].allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
              bytes[5...].allSatisfy({ byte in
                  byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
              })
        else { return nil }
        return number
    }

    private static func fileNames(in directory: String) throws(MigrationError) -> [String] {
        guard let folder = unsafe opendir(directory) else { throw .unreadable(path: directory) }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            unsafe names.append(withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            })
        }
        return names
    }

    private static func text(of path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { return nil }
            if count == 0 { return String(validating: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
