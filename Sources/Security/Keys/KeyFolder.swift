internal import Crypto
internal import Glibc

/// The folder of keys outside the database: `seal.key`, `mail.key`, `mail.pub`, `log.key` and `log.pub`.
public struct KeyFolder: Sendable {
    public let path: String
    public init(_ path: String) { self.path = path }

    /// Makes the folder (mode 0700) and every key that is missing; the names of the files made. What is there stays
    /// as it is, and is checked. Two at once are safe: whoever is first makes the file, both use it.
    public func create() throws(KeyError) -> [String] {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            throw KeyError("\(path): cannot be made: \(unsafe String(cString: strerror(errno))).")
        }
        var made: [String] = []
        func create(_ name: String, isSecret: Bool, _ key: [UInt8]) throws(KeyError) {
            if try KeyFile(path: "\(path)/\(name)", isSecret: isSecret).createIfMissing(key) { made.append(name) }
        }
        try create("seal.key", isSecret: true, RandomBytes.make(KeyFile.keyByteCount))
        try create("mail.key", isSecret: true, Array(Curve25519.KeyAgreement.PrivateKey().rawRepresentation))
        try create("log.key", isSecret: true, Array(Curve25519.Signing.PrivateKey().rawRepresentation))
        // The public halves come from the files, which somebody else may have made a moment ago.
        try create("mail.pub", isSecret: false, EngineOpening(file: "\(path)/mail.key").sealing.publicBytes)
        try create("log.pub", isSecret: false, LogSigningKey(file: "\(path)/log.key").verification.publicBytes)
        try synchronise()
        _ = try WebKeys(folder: path)
        _ = try EngineKeys(folder: path)
        return made
    }

    /// New names survive a power cut once their folder has reached the disk.
    private func synchronise() throws(KeyError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw KeyError("\(path): cannot be opened: \(unsafe String(cString: strerror(errno))).") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw KeyError("\(path): cannot be written: \(unsafe String(cString: strerror(errno))).") }
    }
}

/// What the web worker holds: it seals and opens secrets of factors, seals for the engine and verifies checkpoints.
public struct WebKeys: Sendable {
    public let seal: SealingKey
    public let mail: EngineSealing
    public let log: LogVerificationKey

    /// Reads `seal.key`, `mail.pub` and `log.pub`.
    public init(folder: String) throws(KeyError) {
        seal = try SealingKey(file: "\(folder)/seal.key")
        mail = try EngineSealing(file: "\(folder)/mail.pub")
        log = try LogVerificationKey(file: "\(folder)/log.pub")
    }

    /// Keys that belong together with the engine's, in memory.
    public init(seal: SealingKey = SealingKey(), engine: EngineKeys) {
        self.seal = seal
        mail = engine.mail.sealing
        log = engine.log.verification
    }
}

/// What the engine holds: it opens what was sealed for it and signs checkpoints.
public struct EngineKeys: Sendable {
    public let mail: EngineOpening
    public let log: LogSigningKey

    /// Reads `mail.key` and `log.key`; where the public halves lie beside them, they must belong to them.
    public init(folder: String) throws(KeyError) {
        mail = try EngineOpening(file: "\(folder)/mail.key")
        log = try LogSigningKey(file: "\(folder)/log.key")
        guard try EngineSealing(file: "\(folder)/mail.pub").publicBytes == mail.sealing.publicBytes else {
            throw KeyError("\(folder)/mail.pub: does not belong to mail.key. Remove it and run `tradecraft keys create`.")
        }
        guard try LogVerificationKey(file: "\(folder)/log.pub").publicBytes == log.verification.publicBytes else {
            throw KeyError("\(folder)/log.pub: does not belong to log.key. Remove it and run `tradecraft keys create`.")
        }
    }

    /// Fresh keys that only this process has.
    public init() {
        mail = EngineOpening()
        log = LogSigningKey()
    }
}
