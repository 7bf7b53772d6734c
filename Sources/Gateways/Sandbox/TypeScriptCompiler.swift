internal import Base
internal import Glibc
internal import Synchronization
internal import Trading

/// One helper as JavaScript, with the way back to the author's lines.
struct CompiledHelper: Sendable {
    let javaScript: String
    let map: SourceMap
}

/// TypeScript to JavaScript by esbuild, one process a file, nothing read or written but its pipes.
///
/// Types are erased, not checked. A helper is one file: the compiler is never asked to resolve an import.
enum TypeScriptCompiler {
    /// The author's file.
    enum File: String, Sendable, CaseIterable {
        case entry = "entry.ts"
        case exit = "exit.ts"
    }

    /// Milliseconds a compilation may take; esbuild needs about 20.
    private static let millisecondsMax: Int32 = 20_000
    /// Bytes of JavaScript or messages that are looked at.
    private static let outputBytesMax = 4 * 1_048_576
    private static let cacheEntriesMax = 256
    private static let cache = Mutex<[Digest: CompiledHelper]>([:])

    /// - Throws: `DeciderFailure` of kind `.compile` with file and line.
    static func compile(_ source: String, file: File) throws(DeciderFailure) -> CompiledHelper {
        let key = Digest.of(file.rawValue + "\n" + source)
        if let known = cache.withLock({ $0[key] }) { return known }
        switch run(source, file: file) {
        case .failure(let failures): throw failures.first
        case .success(let compiled):
            cache.withLock { cache in
                if cache.count >= cacheEntriesMax { cache.removeAll() }
                cache[key] = compiled
            }
            return compiled
        }
    }

    /// At least one failure.
    struct Failures: Error {
        let first: DeciderFailure
        let others: [DeciderFailure]
        var all: [DeciderFailure] { [first] + others }
    }

    /// Compiles without the cache and tells every error.
    static func run(_ source: String, file: File) -> Result<CompiledHelper, Failures> {
        func failed(_ message: String, line: Int? = nil) -> Result<CompiledHelper, Failures> {
            let failure = DeciderFailure(kind: .compile, file: file.rawValue, line: line, message: message)
            return .failure(Failures(first: failure, others: []))
        }
        guard source.utf8.count <= Limits.helperSourceBytesMax else {
            return failed("The helper is longer than \(Limits.helperSourceBytesMax) bytes.")
        }
        guard let input = SharedFile(contents: Array(source.utf8)), let output = SharedFile(), let errors = SharedFile(),
              let process = ChildProcess(
                path: ProgramPath.esbuild,
                arguments: ["--loader=ts", "--format=iife", "--global-name=helper", "--target=es2022", "--charset=utf8",
                            "--sourcemap=inline", "--sources-content=false", "--sourcefile=" + file.rawValue,
                            "--supported:dynamic-import=false", "--color=false", "--log-level=error", "--log-limit=10"],
                environment: ["GOMAXPROCS=1"],
                descriptors: [input.descriptor, output.descriptor, errors.descriptor])
        else { return failed("The TypeScript compiler could not be started (\(ProgramPath.esbuild)).") }
        process.limit(Int32(RLIMIT_FSIZE.rawValue), UInt64(outputBytesMax))
        process.limit(Int32(RLIMIT_CPU.rawValue), 10)
        process.limit(Int32(RLIMIT_CORE.rawValue), 0)
        guard let ending = process.wait(milliseconds: millisecondsMax) else {
            process.kill()
            return failed("The TypeScript compiler took too long and was ended.")
        }
        guard ending.status == 0 else {
            let text = String(decoding: errors.contents(max: 65_536), as: UTF8.self)
            return .failure(failures(in: text, file: file))
        }
        return .success(split(String(decoding: output.contents(max: outputBytesMax), as: UTF8.self)))
    }

    /// Separates the code from the source map that follows it in a comment.
    private static func split(_ output: String) -> CompiledHelper {
        let marker = Array("//# sourceMappingURL=data:application/json;base64,".utf8)
        let bytes = Array(output.utf8)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let last = lines.lastIndex(where: { $0.starts(with: marker) }),
              let json = decodeBase64(lines[last].dropFirst(marker.count)),
              let map = try? JSON(parsing: json), let mappings = map["mappings"]?.string
        else { return CompiledHelper(javaScript: output, map: SourceMap(mappings: "")) }
        let code = Array(lines[..<last].joined(separator: [UInt8(ascii: "\n")]))
        return CompiledHelper(javaScript: String(decoding: code, as: UTF8.self), map: SourceMap(mappings: mappings))
    }

    /// esbuild's messages: `✘ [ERROR] text`, an empty line, `    file:line:column:`.
    static func failures(in text: String, file: File) -> Failures {
        var found: [DeciderFailure] = []
        var message: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if let start = line.firstRange(of: "[ERROR] ") {
                message = String(line[start.upperBound...])
            } else if let said = message {
                let place = line.drop { $0 == " " }
                guard place.hasPrefix(file.rawValue + ":") else { continue }
                let number = Int(place.dropFirst(file.rawValue.count + 1).prefix { $0.isNumber })
                found.append(DeciderFailure(kind: .compile, file: file.rawValue, line: number, message: sentence(said)))
                message = nil
            }
        }
        if let said = message { found.append(DeciderFailure(kind: .compile, file: file.rawValue, message: sentence(said))) }
        guard let first = found.first else {
            return Failures(first: DeciderFailure(kind: .compile, file: file.rawValue,
                                                  message: "The TypeScript compiler failed without a message."), others: [])
        }
        return Failures(first: first, others: Array(found.dropFirst()))
    }

    private static func sentence(_ text: String) -> String { text.hasSuffix(".") ? text : text + "." }
}

/// A file without a name, for a program's input or output.
private final class SharedFile {
    let descriptor: Int32

    init?(contents: [UInt8] = []) {
        descriptor = anonymousFile()
        guard descriptor >= 0 else { return nil }
        var written = 0
        while written < contents.count {
            let count = unsafe contents[written...].withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return nil }
            written += count
        }
        lseek(descriptor, 0, SEEK_SET)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What a program wrote, from the start.
    func contents(max: Int) -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while result.count < max {
            let count = unsafe pread(descriptor, &buffer, buffer.count, result.count)
            guard count > 0 else { break }
            result.append(contentsOf: buffer[..<count])
        }
        return result
    }
}
