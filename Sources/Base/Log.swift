internal import Glibc

/// One JSON object a line on a file descriptor: `{"at":…,"level":…,"message":…, fields…}`.
///
/// A message reads alone; the fields repeat its facts for machines. Written once, at the edge that handles the
/// event. `error` means that someone must act.
public struct Log: Sendable {
    public enum Level: String, Sendable { case debug, info, warning, error }

    private let sink: @Sendable (String) -> Void
    private let clock: any Clock

    public init(clock: any Clock = SystemClock(), sink: @escaping @Sendable (String) -> Void) {
        self.clock = clock
        self.sink = sink
    }

    /// Whole lines on standard error: one `write` each, so that threads and processes do not interleave.
    public static let standardError = Log { line in
        let bytes = Array((line + "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }

    public static let silent = Log { _ in }

    public func info(_ message: String, _ fields: KeyValuePairs<String, JSON> = [:]) { emit(.info, message, fields) }
    public func warning(_ message: String, _ fields: KeyValuePairs<String, JSON> = [:]) { emit(.warning, message, fields) }
    public func error(_ message: String, _ fields: KeyValuePairs<String, JSON> = [:]) { emit(.error, message, fields) }

    public func emit(_ level: Level, _ message: String, _ fields: KeyValuePairs<String, JSON> = [:]) {
        var pairs: [(String, JSON)] = [
            ("at", .string(clock.now().description)), ("level", .string(level.rawValue)), ("message", .string(message)),
        ]
        for (key, value) in fields { pairs.append((key, value)) }
        sink(JSON.object(pairs).text)
    }
}
