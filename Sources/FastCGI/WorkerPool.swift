internal import Base
internal import CFastCGI
public import HTTP
internal import Glibc

/// Threads that answer FastCGI requests from one socket.
///
/// Law of this target: it moves bytes between nginx and `Request`/`Response`, and knows nothing of what is answered.
/// Every thread makes its own responder (with its own database connection), which therefore needs no lock.
public enum WorkerPool {
    /// What a thread does with a request.
    public struct Responder {
        public let respond: (Request) -> Response
        /// Answers what never became a request; gets the request id.
        public let refuse: (Request.Refusal, String) -> Response
        public init(respond: @escaping (Request) -> Response, refuse: @escaping (Request.Refusal, String) -> Response) {
            self.respond = respond
            self.refuse = refuse
        }
    }

    /// Answers until `stop` is set, then finishes what was accepted or waits in the socket's queue, and returns when
    /// every thread has ended. `makeResponder` is called once on each of `threadCount` threads.
    ///
    /// `graceSeconds` bounds the finishing: a request that takes longer ends with the process.
    public static func run(
        on socket: ListeningSocket, threadCount: Int, stop: StopSignal, graceSeconds: Int = 25,
        makeResponder: @escaping @Sendable () -> Responder
    ) {
        guard FCGX_Init() == 0 else { preconditionFailure("Invariant: libfcgi can be initialised.") }
        let threads = (0..<threadCount).compactMap { _ in
            WorkerThread { serve(socket, stop, makeResponder()) }
        }
        precondition(!threads.isEmpty, "Invariant: the system gives us at least one thread.")
        waitForStop(stop)
        socket.stopListening()
        let deadline = WorkerThread {
            sleep(UInt32(clamping: graceSeconds))
            _exit(0)
        }
        _ = deadline
        for thread in threads { thread.join() }
    }

    private static func waitForStop(_ stop: StopSignal) {
        var waits = [pollfd(fd: stop.readEnd, events: Int16(POLLIN), revents: 0)]
        while !stop.isSet { _ = unsafe poll(&waits, 1, -1) }
    }

    private static func serve(_ socket: ListeningSocket, _ stop: StopSignal, _ responder: Responder) {
        let exchange = FastCGIRequest(stop: stop)
        while let connection = accept(socket) {
            guard exchange.begin(connection) else { continue }
            answer(exchange, responder)
            exchange.finish()
        }
    }

    /// The next connection. Nil once the socket was shut down and its queue is empty.
    private static func accept(_ socket: ListeningSocket) -> Int32? {
        while true {
            let connection = Glibc.accept(socket.descriptor, nil, nil)
            if connection >= 0 { return connection }
            switch errno {
            case EINVAL, EBADF: return nil
            // Out of descriptors or memory: a short rest, rather than a loop that makes it worse.
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: _ = usleep(20_000)
            default: continue
            }
        }
    }

    private static func answer(_ exchange: FastCGIRequest, _ responder: Responder) {
        let parameters = GatewayParameters(exchange.parameters())
        let isHead = parameters.method == "HEAD"
        var response: Response
        if let body = exchange.readBody(limit: Limits.bodyBytesMax) {
            // Fewer bytes than declared: the peer broke off, there is nobody to answer.
            if let declared = parameters.declaredLength, declared != body.count { return }
            do {
                response = responder.respond(try parameters.request(body: body))
            } catch {
                response = responder.refuse(error, parameters.requestID)
            }
        } else {
            response = responder.refuse(.bodyTooLarge, parameters.requestID)
        }
        send(&response, to: exchange, isHead: isHead)
    }

    private static func send(_ response: inout Response, to exchange: FastCGIRequest, isHead: Bool) {
        var head = "Status: \(response.status)\r\n"
        for field in response.finalHeaders.fields { head += "\(field.name): \(field.value)\r\n" }
        guard exchange.write(Array((head + "\r\n").utf8)), !isHead else { return }
        switch response.body {
        case .bytes(let bytes):
            _ = exchange.write(bytes)
        case .stream(let write):
            do {
                // The head goes out before the first event, so that the browser knows the stream is open.
                try exchange.send(Array(": open\n\n".utf8))
                try write(exchange)
            } catch {
                // The reader left, or reading failed: either way the stream ends here and the browser reconnects.
                return
            }
        }
    }
}
