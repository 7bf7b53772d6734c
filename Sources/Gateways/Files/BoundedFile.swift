internal import Glibc

/// Why a file could not be read. The text is for the person who named the file.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    public let path: String
    public let problem: String
    /// True when there is no such file.
    public let isMissing: Bool
    public init(path: String, problem: String, isMissing: Bool = false) {
        self.path = path
        self.problem = problem
        self.isMissing = isMissing
    }
    public var description: String { "\(path): \(problem)" }
}

/// Files of a bounded size, read and written whole.
public enum BoundedFile {
    /// The bytes of a regular file of at most `bytesMax` bytes.
    public static func read(_ path: String, bytesMax: Int) throws(FileError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(path: path, problem: "is not a file.") }
        guard status.st_size <= bytesMax else {
            throw FileError(path: path, problem: "has \(status.st_size) bytes; at most \(bytesMax) are read.")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[0..<count])
            guard bytes.count <= bytesMax else { throw FileError(path: path, problem: "grew past \(bytesMax) bytes while it was read.") }
        }
    }

    /// Nil when there is no such file.
    public static func readIfPresent(_ path: String, bytesMax: Int) throws(FileError) -> [UInt8]? {
        do { return try read(path, bytesMax: bytesMax) } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// Writes beside the target, then renames: a reader sees the old file or the new one, never half of one.
    public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let draft = "\(path).\(getpid()).tmp"
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress.map { unsafe $0 + written }, $0.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = failure(path)
                close(descriptor)
                _ = unsafe unlink(draft)
                throw error
            }
            written += count
        }
        guard close(descriptor) == 0, unsafe rename(draft, path) == 0 else {
            let error = failure(path)
            _ = unsafe unlink(draft)
            throw error
        }
    }

    /// Makes a folder unless it is there; its parent must exist.
    public static func makeFolder(_ path: String) throws(FileError) {
        if unsafe mkdir(path, 0o755) != 0, errno != EEXIST { throw failure(path) }
    }

    /// Names in a folder, sorted; without `.` and `..`.
    public static func names(in path: String) throws(FileError) -> [String] {
        guard let folder = unsafe opendir(path) else { throw failure(path) }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func failure(_ path: String) -> FileError {
        let code = errno
        let text = unsafe String(cString: strerror(code))
        return FileError(path: path, problem: code == ENOENT ? "there is no such file or folder." : "\(text).", isMissing: code == ENOENT)
    }
}

extension BoundedFile {
    /// One line on standard error.
    public static func printError(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
