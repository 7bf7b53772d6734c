internal import CLinux
internal import Glibc

/// A program we started and must not outlive us: killed and reaped when this value goes.
@safe final class ChildProcess {
    let number: pid_t
    private(set) var ending: Ending?
    private let handle: Int32

    /// How the process ended.
    struct Ending: Sendable {
        /// Exit status, or nil when a signal ended it.
        let status: Int32?
        let signal: Int32?
        let residentBytesMax: Int64
    }

    /// Starts `path` with exactly these descriptors as 0, 1, …; nil when it cannot be started.
    init?(path: String, arguments: [String], environment: [String], descriptors: [Int32]) {
        var process: pid_t = 0
        let failed = unsafe withCStrings([path] + arguments) { arguments in
            unsafe withCStrings(environment) { environment in
                unsafe tc_spawn(&process, path, arguments, environment, descriptors, Int32(descriptors.count))
            }
        }
        guard failed == 0 else { return nil }
        number = process
        handle = tc_pidfd_open(process)
    }

    deinit {
        kill()
        if handle >= 0 { close(handle) }
    }

    /// The ending if the process has ended.
    func poll() -> Ending? { reap(block: false) }

    /// Ends the process at once and waits for it.
    @discardableResult
    func kill() -> Ending? {
        if ending == nil { _ = Glibc.kill(number, SIGKILL) }
        return reap(block: true)
    }

    /// Waits for the end; nil when it did not come in time.
    func wait(milliseconds: Int32) -> Ending? {
        if let ending = poll() { return ending }
        var request = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
        _ = unsafe Glibc.poll(&request, 1, milliseconds)
        return poll()
    }

    /// Lowers a limit of the kernel on the process.
    func limit(_ resource: Int32, _ value: UInt64) { _ = tc_limit(number, resource, value) }

    /// Processor time of all its threads.
    var cpuNanoseconds: Int64 { tc_process_cpu_nanoseconds(number) }

    /// Private memory in use now; nil when it cannot be read.
    var residentBytes: Int? {
        guard let text = readSmallFile("/proc/\(number)/statm") else { return nil }
        let pages = text.split(separator: " ").prefix(3).compactMap { Int($0) }
        guard pages.count == 3 else { return nil }
        return (pages[1] - pages[2]) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private func reap(block: Bool) -> Ending? {
        if let ending { return ending }
        var status: Int32 = 0
        var resident: Int64 = 0
        guard unsafe tc_reap(number, block ? 1 : 0, &status, &resident) == 1 else { return nil }
        let signal = status & 0x7f
        ending = Ending(status: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal == 0 ? nil : signal,
                        residentBytesMax: resident)
        return ending
    }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for unsafe pointer in unsafe pointers { unsafe free(pointer) } }
    return unsafe pointers.withUnsafeBufferPointer { buffer in
        guard let start = buffer.baseAddress else { preconditionFailure("Invariant: the array ends with a null.") }
        return unsafe body(start)
    }
}

/// The first 4,096 bytes of a file of the kernel's.
private func readSmallFile(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = unsafe read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self)
}

/// Where the programs we start are.
enum ProgramPath {
    /// The value of an environment variable, nil when unset or empty.
    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// `TRADECRAFT_SANDBOX`, or the sandbox beside the running program.
    static var sandbox: String {
        if let path = environment("TRADECRAFT_SANDBOX") { return path }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return unsafe readlink("/proc/self/exe", start.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        let program = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        let folder = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
        return folder + "/tradecraft-sandbox"
    }

    /// `TRADECRAFT_ESBUILD`, or Debian's.
    static var esbuild: String { environment("TRADECRAFT_ESBUILD") ?? "/usr/bin/esbuild" }
}
