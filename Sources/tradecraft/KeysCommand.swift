internal import ArgumentParser
internal import Base
internal import Security

/// `tradecraft keys …`: the keys that live outside the database.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make and show the keys that live outside the database.",
        subcommands: [Create.self, Show.self])

    /// Makes what is missing.
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make every key that is missing.",
            discussion: "Never changes a key that is there. Back the folder up apart from the database.")

        @Option(help: "The folder of the keys.")
        var folder: String

        func run() throws {
            let made = try KeyFolder(folder).create()
            print(made.isEmpty ? "Every key is there: \(folder)" : made.map { "Made \(folder)/\($0)" }.joined(separator: "\n"))
        }
    }

    /// Prints what names the keys, and no secret.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the names of the keys and the public halves.")

        @Option(help: "The folder of the keys.")
        var folder: String

        @Flag(help: "Print the result as JSON.")
        var json = false

        func run() throws {
            let web = try WebKeys(folder: folder)
            // Also says whether the private halves are there and belong to the public ones.
            _ = try EngineKeys(folder: folder)
            let log = Base64.encode(web.log.publicBytes)
            if json {
                print(JSON.object([
                    ("seal", .array(web.seal.keyIDs.map(JSON.string))), ("mail", .string(web.mail.keyID)), ("log", .string(log)),
                ]).text)
            } else {
                print("seal.key  \(web.seal.keyIDs.joined(separator: ", "))")
                print("mail.pub  \(web.mail.keyID)")
                print("log.pub   \(log)")
            }
        }
    }
}
