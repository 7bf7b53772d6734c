internal import ArgumentParser
internal import Base
internal import Engine
internal import Gateways
internal import Marketplace
internal import Postgres
internal import Storage
internal import Trading

/// The skill, the data and the span that `sim` and `verify` share.
struct ExperimentOptions: ParsableArguments {
    @Option(help: "A skill's folder, or @handle/slug[@version] on the platform.")
    var skill: String

    @Option(help: "Folder with candle files such as BTC-5m.csv. Without it, the platform's candles.")
    var bars: String?

    @OptionGroup var database: DatabaseOptions

    /// The manifest, and from which side its candles come.
    func manifest() throws -> Manifest {
        guard skill.hasPrefix("@") else {
            do { return try SkillFolder(folder: skill).manifest() } catch let problems as SkillProblems {
                throw CommandFailure("\(skill) is not a valid skill:\n\(problems)")
            }
        }
        let connection = try database.connect(.web, as: "sim")
        return try connection.transaction(.platform, .readOnly) { tx in try PublishedSkill.manifest(at: skill, in: tx) }
    }

    func market(_ manifest: Manifest, from: Instant, to: Instant) throws -> MarketData {
        if let bars {
            return try FolderMarket.load(folder: bars, universe: manifest.universe, timeframe: manifest.timeframe, from: from, to: to)
        }
        guard skill.hasPrefix("@") else {
            throw CommandFailure("Give the folder of the candles with --bars. Without it only skills of the platform can run.")
        }
        let connection = try database.connect(.web, as: "sim")
        return try connection.transaction(.platform, .readOnly) { tx in
            try PlatformMarket.load(universe: manifest.universe, timeframe: manifest.timeframe, from: from, to: to, in: tx)
        }
    }
}

/// `tradecraft sim`: runs a skill over history and prints the report.
struct SimCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim",
        abstract: "Run a skill over history.",
        discussion: "Works on files alone, with no database and no server. Dates are UTC, from inclusive, to exclusive.")

    @OptionGroup var experiment: ExperimentOptions

    @Option(help: "First day, YYYY-MM-DD.")
    var from: String

    @Option(help: "The day after the last one, YYYY-MM-DD.")
    var to: String

    @Option(help: "A model to use in place of the skill's own, such as reference/threshold.")
    var model: String?

    @Option(help: "Seeds whatever is random in the run.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Also write report.json, equity.csv, trades.csv and decisions.jsonl there.", valueName: "folder"))
    var out: String?

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        guard let first = CalendarDate(from) else { throw ValidationError("--from is a date such as 2025-08-20.") }
        guard let end = CalendarDate(to) else { throw ValidationError("--to is a date such as 2025-09-19.") }
        guard first < end else { throw ValidationError("--to must be after --from.") }
        guard end.daysSinceEpoch - first.daysSinceEpoch <= Limits.runSpanDaysMax else {
            throw ValidationError("A run spans at most \(Limits.runSpanDaysMax) days.")
        }
    }

    func run() throws {
        guard let first = CalendarDate(from)?.start, let end = CalendarDate(to)?.start else { throw ValidationError("Give two dates.") }
        let outcome = try Experiment.run(experiment, from: first, to: end, model: model, seed: seed)
        if let out { try write(outcome, to: out) }
        print(json ? outcome.json.prettyText : ReportText.summary(outcome))
    }

    private func write(_ outcome: SkillSimulation.Outcome, to folder: String) throws {
        try BoundedFile.makeFolder(folder)
        try BoundedFile.write(Array((outcome.json.prettyText + "\n").utf8), to: "\(folder)/report.json")
        try BoundedFile.write(Array(outcome.report.equityCSV.utf8), to: "\(folder)/equity.csv")
        try BoundedFile.write(Array(outcome.report.tradesCSV.utf8), to: "\(folder)/trades.csv")
        try BoundedFile.write(Array(outcome.report.decisionLines.utf8), to: "\(folder)/decisions.jsonl")
    }
}

/// Loads and runs what the options name.
enum Experiment {
    static func run(
        _ options: ExperimentOptions, from: Instant, to: Instant, model: String?, seed: UInt64
    ) throws -> SkillSimulation.Outcome {
        let start = SystemClock.monotonicNanoseconds()
        let manifest = try options.manifest()
        let market = try options.market(manifest, from: from, to: to)
        let seconds = Double(SystemClock.monotonicNanoseconds() - start) / 1e9
        do {
            return try SkillSimulation.run(manifest, over: market, model: model, seed: seed, loadSeconds: seconds) { _ in true }
        } catch let failure as DeciderFailure {
            throw CommandFailure("The run ended: \(failure)")
        }
    }
}
