import Base
import Engine
import Foundation
import Gateways
import Jobs
import Marketplace
import Postgres
import Security
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct SendMailWorkerTests {
    /// Takes letters, or refuses the first ones.
    final class FakeTransport: MailTransport {
        private let state: Mutex<(errors: [MailError], letters: [OutgoingMail], attempts: Int)>
        init(_ errors: [MailError] = []) { state = Mutex((errors, [], 0)) }

        func deliver(_ mail: OutgoingMail, isCancelled: () -> Bool) throws(MailError) {
            let error: MailError? = state.withLock { state in
                state.attempts += 1
                if !state.errors.isEmpty { return state.errors.removeFirst() }
                state.letters.append(mail)
                return nil
            }
            if let error { throw error }
        }

        var letters: [OutgoingMail] { state.withLock { $0.letters } }
        var attempts: Int { state.withLock { $0.attempts } }
    }

    private let database: TestDatabase
    private let web: Connection
    private let keys = EngineKeys()

    init() throws {
        database = try TestDatabase.clone()
        web = try database.connect(.web)
    }

    private func enqueue(_ sealed: [UInt8]) throws -> ID<Job> {
        try web.transaction(.platform, .readWrite) { tx in try JobQueue.enqueue(SendMail(sealed: sealed).request(tenant: nil), in: tx) }
    }

    private func letter() throws -> MailMessage {
        MailMessage(to: try #require(EmailAddress("canary@example.org")), subject: "Subject canary", text: "https://x.example/link/reset?token=canary")
    }

    private func seal(_ envelope: MailEnvelope) throws -> [UInt8] {
        try keys.mail.sealing.seal(envelope.paddedBytes, context: SendMail.sealContext)
    }

    private func status(_ job: ID<Job>) throws -> JobStatus {
        let status = try web.transaction(.platform, .readOnly) { tx in try JobQueue.status(job, in: tx) }
        return try #require(status)
    }

    /// Runs an engine until the job ends.
    private func run(_ job: ID<Job>, _ transport: any MailTransport, key: EngineOpening? = nil) throws -> JobStatus {
        let address = database.address(.engine)
        var settings = JobRunnerSettings()
        settings.retryMilliseconds = 10
        let from = try #require(Mailbox("Tradecraft <no-reply@example.net>"))
        let engine = RunningEngine(JobRunner(
            connect: { try Connection(address, options: ConnectionOptions(applicationName: "engine")) },
            handlers: [SendMailWorker(key: key ?? keys.mail, transport: transport, from: from)], threads: 1, guests: 0, settings: settings, log: .silent))
        defer { engine.stop() }
        try waitUntil("the letter's job ends", seconds: 20) { try status(job).state.isFinal }
        return try status(job)
    }

    @Test func sealedLettersAreSent() throws {
        let transport = FakeTransport()
        let job = try enqueue(seal(.message(letter())))
        #expect(try run(job, transport).state == .completed)
        let sent = try #require(transport.letters.first)
        #expect(try sent.message == letter() && sent.id == job && transport.letters.count == 1)
    }

    @Test func nothingIsSentWhereThereIsNobody() throws {
        let transport = FakeTransport()
        #expect(try run(enqueue(seal(.nothing)), transport).state == .completed)
        #expect(transport.attempts == 0)
    }

    @Test func aServersBadDayIsWaitedOut() throws {
        let transport = FakeTransport([.unavailable("the mail server cannot be reached."), .unavailable("it answered 451.")])
        let status = try run(enqueue(seal(.message(letter()))), transport)
        #expect(status.state == .completed && status.attempt == 3 && transport.letters.count == 1)
    }

    @Test func aRefusedLetterIsNotSentAgain() throws {
        let transport = FakeTransport([.refused(code: 550)])
        let status = try run(enqueue(seal(.message(letter()))), transport)
        #expect(status.state == .failed && transport.attempts == 1)
        #expect(status.error?["reason"]?["code"]?.int == 550)
    }

    @Test func anotherKeysLetterFailsWithItsReason() throws {
        let transport = FakeTransport()
        let status = try run(enqueue(seal(.message(letter()))), transport, key: EngineOpening())
        #expect(status.state == .failed && status.attempt == 1 && transport.attempts == 0)
        #expect(status.error?["reason"]?["reason"]?.string?.contains("another key") == true)
        for wrong in [[], Array("not sealed".utf8), Array(try seal(.message(letter())).dropLast())] {
            #expect(try run(enqueue(wrong), transport).state == .failed)
        }
        #expect(transport.attempts == 0)
    }

    /// Neither recipient nor link stands in the database, whatever happens to the letter.
    @Test func theDatabaseHoldsNoLetter() throws {
        _ = try run(enqueue(seal(.message(letter()))), FakeTransport([.unavailable("x")]))
        _ = try run(enqueue(seal(.message(letter()))), FakeTransport([.refused(code: 554)]))
        let owner = try database.connect(.owner)
        let rows = try owner.transaction(.platform, .readOnly) { tx in
            try tx.run(Statement("test.jobs_text", "SELECT coalesce(string_agg(jobs::text, ' '), '') AS text FROM jobs")).only { try $0.text("text") }
        }
        #expect(rows.contains("send-mail") && !rows.contains("canary"))
    }
}
