internal import Glibc

/// Why a key cannot be used. The sentence names the file and what to do, and never holds a key.
public struct KeyError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// One key file: base64 of 32 bytes on a line, or 32 raw bytes.
struct KeyFile {
    let path: String
    /// Secret files may be read by their owner alone, and are refused otherwise.
    let isSecret: Bool

    /// Every key has this many bytes.
    static let keyByteCount = 32
    /// Room for a few lines of base64 (44 characters and a line break each).
    private static let fileBytesMax = 1_024

    /// The keys in the file, at least one: a file of 32 raw bytes has one, a file of lines one a line.
    func read() throws(KeyError) -> [[UInt8]] {
        let bytes = try contents()
        if bytes.count == Self.keyByteCount { return [bytes] }
        var keys: [[UInt8]] = []
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard let key = Base64.decode(line), key.count == Self.keyByteCount else {
                throw KeyError("\(path): is not a key. It must hold \(Self.keyByteCount) bytes, raw or as base64 on a line.")
            }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw KeyError("\(path): is empty. Remove it and run `tradecraft keys create`.") }
        return keys
    }

    /// The one key of a file that must hold one.
    func readOne() throws(KeyError) -> [UInt8] {
        let keys = try read()
        guard keys.count == 1 else { throw KeyError("\(path): holds \(keys.count) keys; it must hold one.") }
        return keys[0]
    }

    private func contents() throws(KeyError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw KeyError("\(path): is missing. Run `tradecraft keys create --folder` with its folder.") }
            if errno == ELOOP { throw KeyError("\(path): is a link. Put the key itself there.") }
            throw failure("cannot be opened")
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw KeyError("\(path): is not a file.") }
        if isSecret, status.st_mode & 0o077 != 0 {
            throw KeyError("\(path): others may read or change it (mode \(String(status.st_mode & 0o777, radix: 8))). Set it with chmod 600.")
        }
        var buffer = [UInt8](repeating: 0, count: Self.fileBytesMax + 1)
        var count = 0
        while count < buffer.count {
            let read = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress.map { unsafe $0 + count }, $0.count - count) }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw failure("cannot be read") }
            if read == 0 { break }
            count += read
        }
        guard count <= Self.fileBytesMax else { throw KeyError("\(path): is too long for a key file.") }
        return Array(buffer[0..<count])
    }

    /// Writes the key unless the file is there. False when it was: the file is never changed, and of two that create
    /// it at once one wins whole.
    ///
    /// The bytes go into a file of another name, reach the disk, and get their name by `link`, which does not replace.
    func createIfMissing(_ key: [UInt8]) throws(KeyError) -> Bool {
        var status = stat()
        if unsafe lstat(path, &status) == 0 { return false }
        let draft = "\(path).\(RandomToken.make(byteCount: 9)).draft"
        let mode: mode_t = isSecret ? 0o600 : 0o644
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure("cannot be made") }
        defer { _ = unsafe unlink(draft) }
        let line = Array((Base64.encode(key) + "\n").utf8)
        let written = unsafe line.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        // The umask may have taken bits of a public file away; it cannot have added any to a secret one.
        let isWritten = written == line.count && fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten else { throw failure("cannot be written") }
        if unsafe link(draft, path) != 0 {
            if errno == EEXIST { return false }
            throw failure("cannot be made")
        }
        return true
    }

    private func failure(_ what: String) -> KeyError {
        let code = errno
        return KeyError("\(path): \(what): \(unsafe String(cString: strerror(code))).")
    }
}
