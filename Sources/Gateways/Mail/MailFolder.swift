public import Base
internal import Glibc
internal import Marketplace

/// Letters as files, `<job id>.eml`, for a platform without a mail server: whoever runs it reads them with
/// `tradecraft mail`. They hold links that open accounts: only their owner may read them.
public struct MailFolder: MailTransport {
    private let path: String

    /// Makes the folder unless it is there.
    public init(path: String) throws {
        self.path = path
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw MailFolder.failure("The mail folder \(path) cannot be made", errno) }
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw MailError.unavailable("\(path) is no folder.")
        }
        guard unsafe access(path, W_OK | X_OK) == 0 else { throw MailFolder.failure("The mail folder \(path) cannot be written to", errno) }
    }

    /// On the disk when it returns: a power cut loses no letter whose job is done. A second attempt writes the same file.
    public func deliver(_ mail: OutgoingMail, isCancelled: () -> Bool) throws(MailError) {
        let name = "\(path)/\(mail.id).eml"
        let draft = "\(path)/.\(mail.id).\(getpid()).draft"
        // Left by a process with the same number that was killed here.
        _ = unsafe unlink(draft)
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw MailFolder.failure("The mail folder cannot be written to", errno) }
        let isWritten = MailFolder.write(InternetMessage.bytes(mail), to: descriptor) && fsync(descriptor) == 0
        let code = errno
        guard close(descriptor) == 0, isWritten, unsafe rename(draft, name) == 0 else {
            _ = unsafe unlink(draft)
            throw MailFolder.failure("The mail folder cannot be written to", code)
        }
        try synchronise()
    }

    /// A new name survives a power cut once its folder has reached the disk.
    private func synchronise() throws(MailError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw MailFolder.failure("The mail folder cannot be opened", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw MailFolder.failure("The mail folder cannot be written to", errno) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress.map { unsafe $0 + written }, $0.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    private static func failure(_ what: String, _ code: Int32) -> MailError {
        .unavailable("\(what): \(unsafe String(cString: strerror(code))).")
    }

    /// One letter in the folder.
    public struct Stored: Sendable, Hashable {
        public let id: ID<Job>
        public let letter: InternetMessage.Parsed
    }

    /// A letter file is smaller than this.
    private static let fileBytesMax = 1_048_576

    /// The letters in the folder, newest first; other files are passed over. Empty where there is no folder yet.
    public static func letters(in path: String) throws -> [Stored] {
        let names: [String]
        do { names = try BoundedFile.names(in: path) } catch {
            if error.isMissing { return [] }
            throw error
        }
        var letters: [Stored] = []
        // Ids begin with the time.
        for name in names.reversed() where name.hasSuffix(".eml") {
            guard let id = ID<Job>(name.dropLast(4)),
                  let letter = InternetMessage.parse(try BoundedFile.read("\(path)/\(name)", bytesMax: fileBytesMax)) else { continue }
            letters.append(Stored(id: id, letter: letter))
        }
        return letters
    }
}
