internal import ArgumentParser
internal import Base
internal import Engine
internal import Gateways
internal import Trading

/// `tradecraft verify`: replays a report's run and says whether it is the same, bit for bit.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Replay a run and compare it with its report.",
        discussion: "Says identical with exit status 0, or names the first tick that differs with exit status 1.")

    @Argument(help: "The report.json of the run.")
    var report: String

    @OptionGroup var experiment: ExperimentOptions

    @Flag(help: "Print the result as JSON.")
    var json = false

    private static let reportBytesMax = 256 * 1_048_576

    func run() throws {
        let stored: JSON
        do { stored = try JSON(parsing: try BoundedFile.read(report, bytesMax: Self.reportBytesMax)) } catch let error as JSONError {
            throw CommandFailure("\(report): \(error)")
        }
        guard let from = moment(stored["from"]), let to = moment(stored["to"]), from < to else {
            throw CommandFailure("\(report) has no usable span: `from` and `to` must be dates.")
        }
        guard let seed = stored["seed"]?.int.map({ UInt64(bitPattern: $0) }) ?? stored["seed"]?.string.flatMap({ UInt64($0) }) else {
            throw CommandFailure("\(report) has no usable seed.")
        }
        let outcome = try Experiment.run(experiment, from: from, to: to, model: stored["model"]?.string, seed: seed)
        let difference = FirstDifference.find(report: stored, result: outcome.report.result)
        if json {
            print(JSON.object([
                ("identical", .bool(difference == nil)), ("difference", .optional(difference?.description)),
                ("decision_log_hash", .string(outcome.report.result.decisionLogHash.hex)),
            ]).text)
        } else {
            print(difference.map { "different. \($0)" } ?? "identical: \(outcome.report.result.decisionLogHash.hex)")
        }
        if difference != nil { throw ExitCode(1) }
    }

    private func moment(_ value: JSON?) -> Instant? {
        guard let text = value?.string else { return nil }
        return CalendarDate(text)?.start ?? Instant(text)
    }
}
