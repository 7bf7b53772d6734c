public import Base
public import Gateways
public import Jobs
internal import Marketplace
public import Security
internal import Storage

/// Does the job `send-mail`: opens the sealed letter, which this process alone can, and hands it over.
///
/// The letter leaves before the job is completed: a crash between the two sends it twice, under one Message-ID, and
/// never loses it. Nothing that it holds reaches a log or the database.
public struct SendMailWorker: JobHandler {
    public let kind = SendMail.kind
    public let version = SendMail.version

    private let key: EngineOpening
    private let transport: any MailTransport
    private let from: Mailbox
    private let clock: any Clock

    public init(key: EngineOpening, transport: any MailTransport, from: Mailbox, clock: any Clock = SystemClock()) {
        self.key = key
        self.transport = transport
        self.from = from
        self.clock = clock
    }

    public func perform(_ job: JobContext) throws {
        guard let task = SendMail(job.arguments) else {
            throw JobFailure.permanent(reason: ["reason": "the job's arguments are not those of a letter"])
        }
        guard let bytes = opened(task.sealed) else {
            throw JobFailure.permanent(reason: ["reason": "the letter was sealed for another key than this engine's mail.key"])
        }
        guard let envelope = MailEnvelope(paddedBytes: bytes) else {
            throw JobFailure.permanent(reason: ["reason": "what was sealed is no letter"])
        }
        switch envelope {
        case .nothing: break
        case .message(let message):
            try job.checkpoint()
            let mail = OutgoingMail(message, from: from, id: job.id, date: clock.now())
            do {
                try transport.deliver(mail) { job.isCancelled }
            } catch MailError.refused(let code) {
                throw JobFailure.permanent(reason: ["reason": "the mail server refused the letter for good", "code": .int(code)])
            }
        }
        try job.complete { _ in }
    }

    /// Nil when the letter does not open with our key.
    private func opened(_ sealed: [UInt8]) -> [UInt8]? {
        do { return try key.open(sealed, context: SendMail.sealContext) } catch { return nil }
    }
}
