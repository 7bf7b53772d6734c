import Base
import HTTP
import Jobs
import Marketplace
import Postgres
import Security
import Storage
import TestSupport
import Testing

/// Reads what a test's site enqueued, as the engine would: opens the sealed letters.
struct MailReader {
    let site: TestSite

    private static let arguments = Statement("test.mail_jobs", "SELECT job_id, arguments FROM jobs WHERE kind = 'send-mail' ORDER BY job_id")

    /// Every envelope, oldest first.
    func envelopes() throws -> [MailEnvelope] {
        let owner = try site.clone.connect(.engine)
        let rows = try owner.transaction(.platform, .readOnly) { tx in
            try tx.run(Self.arguments).map { try $0.json("arguments") }
        }
        return try rows.map { json in
            let sealed = try #require(SendMail(json)).sealed
            return try #require(MailEnvelope(paddedBytes: try TestSite.engineKeys.mail.open(sealed, context: SendMail.sealContext)))
        }
    }

    /// The letters to an address, oldest first.
    func letters(to address: String) throws -> [MailMessage] {
        try envelopes().compactMap { envelope in
            if case .message(let message) = envelope, message.to.text == address { message } else { nil }
        }
    }

    /// Path and query of the newest link of a purpose sent to an address.
    func link(_ purpose: MailLinkPurpose, to address: String) throws -> String {
        let links = try letters(to: address).flatMap { MailMessage.links(in: $0.text) }
        let link = try #require(links.last { $0.hasPrefix("http://localhost\(purpose.path)?token=") })
        return String(link.dropFirst("http://localhost".count))
    }

    /// The token of such a link.
    static func token(_ link: String) -> String { String(link.split(separator: "=").last ?? "") }
}

extension TestSite {
    /// Somebody who is not logged in.
    static let visitor = Reader(
        cookie: "tc_visit=visitor", formToken: FormToken.derive(from: "visitor"), tenant: ID(high: 0, low: 0))

    /// Presses the button of a link's page.
    func press(_ link: String, as reader: Reader? = TestSite.visitor, _ more: [Fields.Pair] = []) throws -> Response {
        let path = String(link.prefix { $0 != "?" })
        return try post(path, [.init("token", MailReader.token(link))] + more, as: reader)
    }

    /// What stands in one column, for a look behind the pages.
    func count(_ sql: String) throws -> Int {
        let owner = try unforced()
        return try owner.transaction(.platform, .readOnly) { tx in
            try tx.run(Statement("test.count_\(Digest.of(sql).short)", "SELECT (\(sql))::int AS number")).only { try $0.int("number") }
        }
    }

    /// A connection whose owner sees every tenant's rows of these tables; for the web nothing changes.
    func unforced() throws -> Connection {
        let owner = try clone.connect(.owner)
        for table in ["members", "mail_links", "jobs", "audit_events", "audit_places"] {
            try owner.runScript("ALTER TABLE \(table) NO FORCE ROW LEVEL SECURITY", name: "test.unforce")
        }
        return owner
    }
}
