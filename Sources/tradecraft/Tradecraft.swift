internal import ArgumentParser

/// The one program: web worker, job worker and every command of operators and authors.
///
/// Errors go to standard error with exit status 1; a wrong command line has status 64.
@main
struct Tradecraft: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tradecraft",
        abstract: "A marketplace of trading skills whose listings are reproducible experiments.",
        subcommands: [
            SimCommand.self, VerifyCommand.self, SkillCommand.self, ImportBarsCommand.self, ServeCommand.self,
            EngineCommand.self, MigrateCommand.self, DemoCommand.self, DoctorCommand.self, AuditCommand.self, KeysCommand.self,
            UserCommand.self,
            MailCommand.self,
        ])
}

/// What went wrong, in a sentence for the person at the terminal. Exit status 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
