internal import ArgumentParser
internal import Base
internal import Foundation
internal import Gateways
internal import Marketplace

/// `tradecraft mail …`: what the embedded mail folder holds.
struct MailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Read the letters of a platform that has no mail server.",
        discussion: "Without TRADECRAFT_SMTP_URL, ops/up has letters written into STATE/mail. They hold links that open accounts.",
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    /// Where the letters are.
    struct Folder: ParsableArguments {
        @Option(help: "The state folder that ops/up was given.")
        var state = "var"

        @Option(help: ArgumentHelp("The folder itself. Without it, STATE/mail.", valueName: "folder"))
        var mailFolder: String?

        var path: String { mailFolder ?? "\(state)/mail" }

        func letters() throws -> [MailFolder.Stored] { try MailFolder.letters(in: path) }
    }

    /// Newest first, each with its links.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the letters, newest first.")

        @OptionGroup var folder: Folder

        @Option(help: ArgumentHelp("Only letters to this address.", valueName: "address"))
        var to: String?

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() throws {
            let wanted = to?.lowercased()
            let letters = try folder.letters().filter { wanted == nil || $0.letter.to == wanted }
            if json {
                print(JSON.object([("items", .array(letters.map(\.json)))]).text)
            } else if letters.isEmpty {
                print("No letters\(to.map { " to \($0)" } ?? "") in \(folder.path).")
            } else {
                print(letters.map(\.summary).joined(separator: "\n\n"))
            }
        }
    }

    /// One letter, whole.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one letter.")

        @Argument(help: "Its id, as the list shows it.")
        var id: String

        @OptionGroup var folder: Folder

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() throws {
            guard let found = try folder.letters().first(where: { $0.id.description == id.lowercased() }) else {
                throw CommandFailure("There is no letter \(id) in \(folder.path). `tradecraft mail` lists them.")
            }
            print(json ? found.json.text : found.text)
        }
    }
}

extension MailFolder.Stored {
    fileprivate var links: [String] { MailMessage.links(in: letter.text) }

    /// `{id, to, subject, date, text, links}`.
    fileprivate var json: JSON {
        .object([
            ("id", .string(id.description)), ("to", .string(letter.to)), ("subject", .string(letter.subject)), ("date", .string(letter.date)),
            ("text", .string(letter.text)), ("links", .array(links.map(JSON.string))),
        ])
    }

    fileprivate var summary: String {
        (["\(letter.date)  \(letter.to)", "  \(letter.subject)"] + links.map { "  \($0)" } + ["  \(id)"]).joined(separator: "\n")
    }

    fileprivate var text: String {
        "Date: \(letter.date)\nTo: \(letter.to)\nSubject: \(letter.subject)\n\n\(letter.text)"
    }
}
