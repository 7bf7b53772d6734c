internal import Base
internal import CCurl
internal import Marketplace

/// Hands letters to a mail server (RFC 5321), one connection a letter. libcurl speaks the protocol and doubles dots at
/// the start of lines.
public struct SMTPTransport: MailTransport {
    private let server: SMTPServer

    public init(_ server: SMTPServer) { self.server = server }

    /// libcurl's own start, once in a process, before any thread uses it.
    public static let start: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    public func deliver(_ mail: OutgoingMail, isCancelled: () -> Bool) throws(MailError) {
        guard SMTPTransport.start, let handle = unsafe curl_easy_init() else { throw .unavailable("libcurl does not start.") }
        defer { unsafe curl_easy_cleanup(handle) }
        let recipients = unsafe curl_slist_append(nil, mail.message.to.text)
        defer { unsafe curl_slist_free_all(recipients) }
        guard unsafe recipients != nil else { throw .unavailable("there is no memory.") }
        let delivery = Delivery(InternetMessage.bytes(mail))
        let outcome: (code: CURLcode, answer: Int) = withoutActuallyEscaping(isCancelled) { isCancelled in
            delivery.isCancelled = isCancelled
            defer { delivery.isCancelled = { false } }
            let state = unsafe Unmanaged.passUnretained(delivery).toOpaque()
            guard unsafe prepare(handle, mail, recipients, state) else { return (CURLE_FAILED_INIT, 0) }
            let code = withExtendedLifetime(delivery) { unsafe curl_easy_perform(handle) }
            var answer = 0
            _ = unsafe tc_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &answer)
            return (code, answer)
        }
        if let error = SMTPTransport.error(outcome.code, answer: outcome.answer, to: delivery.command) { throw error }
    }

    /// Sets every option; false when one is refused.
    private func prepare(
        _ handle: UnsafeMutableRawPointer, _ mail: OutgoingMail, _ recipients: UnsafeMutablePointer<curl_slist>?,
        _ state: UnsafeMutableRawPointer
    ) -> Bool {
        let scheme = server.encryption == .implicit ? "smtps" : "smtp"
        let host = server.host.contains(":") && !server.host.hasPrefix("[") ? "[\(server.host)]" : server.host
        let texts: [(CURLoption, String?)] = [
            // The path is the name we greet with.
            (CURLOPT_URL, "\(scheme)://\(host):\(server.port)/\(mail.from.host)"),
            (CURLOPT_PROTOCOLS_STR, scheme), (CURLOPT_PROXY, ""),
            (CURLOPT_USERNAME, server.name), (CURLOPT_PASSWORD, server.name == nil ? nil : server.password ?? ""),
            (CURLOPT_MAIL_FROM, "<\(mail.from.address)>"), (CURLOPT_CAINFO, server.certificates),
        ]
        for (option, text) in texts {
            guard let text else { continue }
            guard unsafe tc_curl_set_string(handle, option, text) == CURLE_OK else { return false }
        }
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_UPLOAD, 1), (CURLOPT_VERBOSE, 1), (CURLOPT_NOPROGRESS, 0),
            (CURLOPT_USE_SSL, server.encryption == .startTLS ? Int(CURLUSESSL_ALL.rawValue) : Int(CURLUSESSL_NONE.rawValue)),
            (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_CONNECTTIMEOUT, server.connectSeconds),
            (CURLOPT_SERVER_RESPONSE_TIMEOUT, server.answerSeconds), (CURLOPT_TIMEOUT, server.letterSeconds),
        ]
        for (option, number) in numbers {
            guard unsafe tc_curl_set_long(handle, option, number) == CURLE_OK else { return false }
        }
        return unsafe tc_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients) == CURLE_OK
            && tc_curl_set_reader(handle, Delivery.read, state) == CURLE_OK
            && tc_curl_set_watcher(handle, Delivery.watch, state) == CURLE_OK
            && tc_curl_set_progress(handle, Delivery.progress, state) == CURLE_OK
    }

    /// What an outcome means. Only the answer to a recipient or to the letter itself speaks about this letter; anything
    /// else (a log-in, a sender, TLS) is about us or the server, and a letter waits until it is mended.
    static func error(_ code: CURLcode, answer: Int, to command: Delivery.Command) -> MailError? {
        if code == CURLE_OK { return nil }
        let isAboutTheLetter = command == .recipient || command == .letter
        if isAboutTheLetter, (500...599).contains(answer), answer != 503, answer != 530 { return .refused(code: answer) }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return .unavailable("the mail server's name is not known.")
        case CURLE_COULDNT_CONNECT: return .unavailable("the mail server cannot be reached.")
        case CURLE_OPERATION_TIMEDOUT: return .unavailable("the mail server took too long\(command.words).")
        case CURLE_LOGIN_DENIED: return .unavailable("the mail server refuses our name and password (\(answer)).")
        case CURLE_USE_SSL_FAILED: return .unavailable("the mail server offers no STARTTLS.")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            return .unavailable("the mail server's certificate cannot be trusted.")
        case CURLE_SSL_CONNECT_ERROR: return .unavailable("no TLS connection to the mail server came about.")
        case CURLE_ABORTED_BY_CALLBACK: return .unavailable("this engine is stopping.")
        case CURLE_RECV_ERROR, CURLE_GOT_NOTHING: return .unavailable("the mail server closed the connection\(command.words).")
        default:
            let said = answer >= 400 ? "the mail server answered \(answer)" : "libcurl's error \(code.rawValue)"
            return .unavailable("\(said)\(command.words).")
        }
    }
}

/// One letter on its way: what libcurl's callbacks work on. Lives on the thread that delivers.
final class Delivery {
    /// The last thing we said to the server.
    enum Command: Sendable, Hashable {
        case greeting, sender, recipient, letter
        /// ` after the recipient`, for a sentence.
        var words: String {
            switch self {
            case .greeting: ""
            case .sender: " after the sender"
            case .recipient: " after the recipient"
            case .letter: " after the letter"
            }
        }
    }

    private let bytes: [UInt8]
    private var position = 0
    private(set) var command = Command.greeting
    var isCancelled: () -> Bool = { false }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private static func this(_ state: UnsafeMutableRawPointer?) -> Delivery? {
        guard let state = unsafe state else { return nil }
        return unsafe Unmanaged<Delivery>.fromOpaque(state).takeUnretainedValue()
    }

    static let read: curl_read_callback = { buffer, size, count, state in
        guard let delivery = unsafe this(state), let buffer = unsafe buffer else { return Int(CURL_READFUNC_ABORT) }
        let (room, overflow) = size.multipliedReportingOverflow(by: count)
        let taken = min(overflow ? 0 : room, delivery.bytes.count - delivery.position)
        for offset in 0..<taken { unsafe buffer[offset] = CChar(bitPattern: delivery.bytes[delivery.position + offset]) }
        delivery.position += taken
        return taken
    }

    /// Sees the words that libcurl sends; keeps only which command it was.
    static let watch: curl_debug_callback = { _, kind, text, count, state in
        guard let delivery = unsafe this(state), kind == CURLINFO_HEADER_OUT, let text = unsafe text, count >= 4 else { return 0 }
        let word = String(decoding: (0..<4).map { unsafe UInt8(bitPattern: text[$0]) }, as: UTF8.self)
        switch word.uppercased() {
        case "MAIL": delivery.command = .sender
        case "RCPT": delivery.command = .recipient
        case "DATA": delivery.command = .letter
        default: break
        }
        return 0
    }

    static let progress: curl_xferinfo_callback = { state, _, _, _, _ in
        guard let delivery = unsafe this(state) else { return 1 }
        return delivery.isCancelled() ? 1 : 0
    }
}
