internal import ArgumentParser
internal import Foundation
internal import Gateways

/// How an engine sends letters: to a mail server, into a folder, or not at all.
struct MailOptions: ParsableArguments {
    @Option(help: ArgumentHelp(
        "Mail server: smtp://NAME:PASSWORD@HOST:587 (STARTTLS) or smtps://…:465. Better as TRADECRAFT_SMTP_URL: others see a command line.",
        valueName: "url"))
    var smtp: String?

    @Option(help: ArgumentHelp("Write letters into this folder in place of sending them.", valueName: "folder"))
    var mailFolder: String?

    @Option(help: ArgumentHelp("Sender, such as 'Tradecraft <no-reply@example.org>'. Without it, TRADECRAFT_MAIL_FROM.", valueName: "address"))
    var mailFrom: String?

    @Flag(help: "Leave letters to other engines.")
    var noMail = false

    /// Where letters go, and from whom; nil with `--no-mail`.
    func transport() throws -> (transport: any MailTransport, from: Mailbox)? {
        let environment = ProcessInfo.processInfo.environment
        guard !noMail else {
            guard smtp == nil, mailFolder == nil else { throw ValidationError("--no-mail goes with neither --smtp nor --mail-folder.") }
            return nil
        }
        if smtp != nil, mailFolder != nil { throw ValidationError("Give --smtp or --mail-folder, not both.") }
        let sender = mailFrom ?? environment["TRADECRAFT_MAIL_FROM"]
        let address = smtp ?? (mailFolder == nil ? environment["TRADECRAFT_SMTP_URL"] : nil)
        if let address {
            guard let sender else {
                throw ValidationError("Name the sender with --mail-from or TRADECRAFT_MAIL_FROM: mail servers refuse mail from nobody.")
            }
            return (SMTPTransport(try SMTPServer(address)), try mailbox(sender))
        }
        guard let mailFolder else {
            throw ValidationError("Say where mail goes: --smtp (or TRADECRAFT_SMTP_URL), --mail-folder, or --no-mail to leave it to other engines.")
        }
        return (try MailFolder(path: mailFolder), try mailbox(sender ?? "Tradecraft <no-reply@tradecraft.invalid>"))
    }

    private func mailbox(_ text: String) throws -> Mailbox {
        guard let mailbox = Mailbox(text) else { throw ValidationError("The sender is an address such as 'Tradecraft <no-reply@example.org>'.") }
        return mailbox
    }
}
