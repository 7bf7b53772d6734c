internal import ArgumentParser
internal import Base
internal import Gateways
internal import Marketplace
internal import Trading

/// `tradecraft skill …`: a skill as files.
struct SkillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skill", abstract: "Make and check skills as files.", subcommands: [New.self, Check.self])

    /// Starts a skill from a template.
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Start a skill from a template.")

        @Argument(help: "The folder to make.")
        var folder: String

        @Option(help: ArgumentHelp("\(SkillTemplates.all.map(\.id).joined(separator: ", ")).", valueName: "name"))
        var template = SkillTemplates.all.first?.id ?? "blank"

        func run() throws {
            guard let chosen = SkillTemplates.template(template) else {
                throw ValidationError("--template is one of \(SkillTemplates.all.map(\.id).joined(separator: ", ")).")
            }
            if let there = try? BoundedFile.names(in: folder), !there.isEmpty {
                throw CommandFailure("\(folder) is there and not empty. Choose another folder.")
            }
            try BoundedFile.makeFolder(folder)
            try BoundedFile.write(chosen.folder.skill, to: "\(folder)/\(SkillFolder.skillFile)")
            if let entry = chosen.folder.entry { try BoundedFile.write(entry, to: "\(folder)/\(SkillFolder.entryFile)") }
            if let exit = chosen.folder.exit { try BoundedFile.write(exit, to: "\(folder)/\(SkillFolder.exitFile)") }
            print("Made \(folder). Next: tradecraft skill check \(folder)")
        }
    }

    /// Checks a skill's files, helpers included.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a skill's files.", discussion: "Every problem with its line; exit status 1 when there is one.")

        @Argument(help: "The skill's folder.")
        var folder: String

        @Flag(help: "Print the result as JSON.")
        var json = false

        func run() throws {
            var problems: [JSON] = []
            var sentences: [String] = []
            var manifest: Manifest?
            do { manifest = try SkillFolder(folder: folder).manifest() } catch let found as SkillProblems {
                sentences = found.problems.map(\.description)
                problems = found.problems.map {
                    ["file": .string($0.file), "line": .int($0.line), "field": .string($0.field), "message": .string($0.message)]
                }
            }
            if let manifest {
                for problem in HelperCheck.run(entry: manifest.entrySource, exit: manifest.exitSource) {
                    sentences.append(problem.description)
                    problems.append(["file": .optional(problem.file), "line": .optional(problem.line), "field": "", "message": .string(problem.message)])
                }
            }
            if json {
                print(JSON.object([("ok", .bool(problems.isEmpty)), ("skill_hash", .optional(manifest?.hash.hex)), ("problems", .array(problems))]).text)
            } else {
                print(sentences.isEmpty ? "ok: \(manifest?.hash.hex ?? "")" : sentences.joined(separator: "\n"))
            }
            if !problems.isEmpty { throw ExitCode(1) }
        }
    }
}
