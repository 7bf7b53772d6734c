internal import CFastCGI
internal import Glibc
internal import HTTP

/// One connection from nginx: reads its request, takes the answer. Lives on one thread.
@safe final class FastCGIRequest: ByteStream {
    private let raw: UnsafeMutablePointer<FCGX_Request>
    private let stop: StopSignal

    /// A peer that says nothing for so long between two pieces is cut off (libfcgi itself would wait for ever).
    static let silenceSecondsMax = 10
    /// A peer that takes nothing for so long.
    static let sendSecondsMax = 30

    init(stop: StopSignal) {
        self.stop = stop
        unsafe raw = .allocate(capacity: 1)
        unsafe raw.initialize(to: FCGX_Request())
        // -1: libfcgi never accepts by itself. We do, so that we can set time limits on the connection and stop.
        guard unsafe FCGX_InitRequest(raw, -1, 0) == 0 else { preconditionFailure("Invariant: libfcgi is initialised.") }
    }

    deinit {
        unsafe FCGX_Finish_r(raw)
        unsafe raw.deallocate()
    }

    /// Reads the head of a request from `connection`, which it owns from now on. False when the peer sent none.
    func begin(_ connection: Int32) -> Bool {
        FastCGIRequest.limitTime(connection)
        // With `keepConnection` set, FCGX_Accept_r goes on with `ipcFd` instead of accepting; the BEGIN_REQUEST record
        // then says what holds for this request. When that fails it tries to accept on -1, which fails at once.
        unsafe raw.pointee.ipcFd = connection
        unsafe raw.pointee.keepConnection = 1
        return unsafe FCGX_Accept_r(raw) == 0
    }

    func finish() {
        // One request per connection: a kept connection would hold this thread.
        unsafe raw.pointee.keepConnection = 0
        unsafe FCGX_Finish_r(raw)
    }

    /// The parameters in the order nginx sent them.
    func parameters() -> [(name: String, value: String)] {
        var pairs: [(String, String)] = []
        guard var next = unsafe raw.pointee.envp else { return [] }
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                pairs.append((String(text[..<equals]), String(text[text.utf8.index(after: equals)...])))
            }
            unsafe next += 1
        }
        return pairs
    }

    /// Everything the peer sends as body, to its end, at most `limit` bytes; nil when there is more.
    func readBody(limit: Int) -> [UInt8]? {
        var body: [UInt8] = []
        var chunk = [CChar](repeating: 0, count: 16_384)
        let capacity = Int32(chunk.count)
        while true {
            let count = unsafe FCGX_GetStr(&chunk, capacity, raw.pointee.in)
            if count <= 0 { return body }
            guard body.count + Int(count) <= limit else { return nil }
            body.append(contentsOf: chunk[..<Int(count)].lazy.map { UInt8(bitPattern: $0) })
        }
    }

    /// True when the peer broke off.
    func write(_ bytes: [UInt8]) -> Bool {
        guard !bytes.isEmpty else { return true }
        let count = Int32(clamping: bytes.count)
        return unsafe bytes.withUnsafeBytes { buffer in
            unsafe FCGX_PutStr(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), count, raw.pointee.out) == count
        }
    }

    // MARK: ByteStream

    var isStopping: Bool { stop.isSet }

    func send(_ bytes: [UInt8]) throws(StreamClosed) {
        guard write(bytes), unsafe FCGX_FFlush(raw.pointee.out) == 0 else { throw StreamClosed() }
    }

    func pause(milliseconds: Int) throws(StreamClosed) {
        let connection = unsafe raw.pointee.ipcFd
        var waits = [
            pollfd(fd: connection, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stop.readEnd, events: Int16(POLLIN), revents: 0),
        ]
        _ = unsafe poll(&waits, 2, Int32(clamping: milliseconds))
        // The request was read to its end: all that can come now is the end of the connection.
        if waits[0].revents != 0 { throw StreamClosed() }
    }

    private static func limitTime(_ connection: Int32) {
        var silence = timeval(tv_sec: silenceSecondsMax, tv_usec: 0)
        var sending = timeval(tv_sec: sendSecondsMax, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &silence, size)
        unsafe setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &sending, size)
    }
}

@available(*, unavailable)
extension FastCGIRequest: Sendable {}
