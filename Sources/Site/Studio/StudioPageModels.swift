internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage
internal import Trading

extension StudioPages.Template {
    init(_ template: SkillTemplates.Template) {
        var marks: [String] = []
        if let manifest = try? template.folder.manifest() {
            marks = [manifest.timeframe.rawValue, manifest.model ?? "helpers only"]
        }
        self.init(id: template.id, title: template.title, summary: template.purpose, marks: marks)
    }

    static var all: [StudioPages.Template] { SkillTemplates.all.map { StudioPages.Template($0) } }
}

extension StudioPages.OwnSkill {
    init(_ skill: Storage.SkillTable.Row, handle: String, in tx: borrowing Transaction) throws {
        let latest = try VersionTable.find(skill.latestVersion, in: tx)
        let listing = skill.publishedNumber == nil ? nil : try ListingTable.find(skill: skill.id, in: tx)
        let evaluated: Figure = switch listing?.evaluation {
        case .completed: listing?.figures.totalReturn.map { .value($0) } ?? .unavailable(because: "there was no full day")
        case .failed: .unavailable(because: "the evaluation failed")
        case .queued, nil: .unavailable(because: "being evaluated")
        }
        self.init(
            name: SkillName(handle: handle, slug: skill.slug), title: skill.name, glyph: Glyph(lineage: skill.lineage, skill: skill.id),
            publishedVersion: skill.publishedNumber, hasChanges: skill.publishedNumber != skill.latestNumber,
            updatedAt: latest?.createdAt ?? skill.createdAt, evaluated: evaluated, forkedFrom: skill.source.map { SkillName($0) })
    }
}

extension SkillName {
    init(_ source: ForkSource) { self.init(handle: source.handle, slug: source.slug) }
}

extension StudioPages.OwnRun {
    init(_ row: RunTable.Row, lineage: ID<Skill>, now: Instant, in tx: borrowing Transaction) throws {
        let order = row.order
        let standing = try RunStanding(row, now: now, in: tx)
        let state: State = switch standing.state {
        case .queued: .queued(position: standing.position)
        case .running: .running(standing.progress)
        case .completed: .completed(change: RunNumbers(row).totalReturn)
        case .failed: .failed(standing.isLost ? RunFailure.lost.message : RunFailure(row.failure, files: nil).message)
        case .cancelled: .cancelled
        }
        self.init(
            id: order.id, title: order.skillTitle, version: "v\(order.versionNumber)", glyph: Glyph(lineage: lineage, skill: order.skill),
            from: order.from.date, to: order.to.date, createdAt: row.createdAt, state: state)
    }
}

/// The three texts of a skill as a form carries them.
struct TypedSkill: Sendable, Hashable {
    var manifest: String
    var entry: String
    var exit: String

    init(_ files: VersionTable.Files) {
        manifest = files.skillMD
        entry = files.entry ?? ""
        exit = files.exit ?? ""
    }

    /// As the browser sent it, with one kind of line end.
    init(_ form: Fields) {
        func text(_ name: String) -> String { (form[name] ?? "").replacing("\r\n", with: "\n").replacing("\r", with: "\n") }
        manifest = text("manifest")
        entry = text("entry")
        exit = text("exit")
    }

    /// A helper of white space alone is none.
    var files: VersionTable.Files {
        func helper(_ text: String) -> String? { text.utf8.contains { $0 > 0x20 } ? text : nil }
        return VersionTable.Files(skillMD: manifest, entry: helper(entry), exit: helper(exit))
    }
}

extension FieldError {
    /// Beside the file it is about.
    init(_ problem: SkillProblem) {
        let field = switch problem.file {
        case SkillFolder.entryFile: "entry"
        case SkillFolder.exitFile: "exit"
        default: "manifest"
        }
        self.init(field: field, message: problem.description)
    }
}

extension BacktestForm {
    /// The days a form offers at first.
    static let spanDays: Int64 = 30

    /// The last days that the platform has for this universe; says so when it has none.
    init(_ manifest: Manifest?, coverage: CandleCoverage) {
        guard let manifest else {
            self.init(datasets: [], dataset: "platform", from: "", to: "", seed: "1", help: "Save a valid skill first.")
            return
        }
        let name = manifest.universe.joined(separator: ", ")
        let dataset = Dataset(id: "platform", label: "\(name), \(manifest.timeframe.rawValue)")
        guard let span = coverage.span(universe: manifest.universe, timeframe: manifest.timeframe) else {
            let known = coverage.instruments(for: manifest.timeframe)
            let help = known.isEmpty
                ? "We have no \(manifest.timeframe.rawValue) candles at all yet."
                : "We have no \(manifest.timeframe.rawValue) candles that cover \(name) together. There are candles of \(known.joined(separator: ", ")): name those as universe."
            self.init(datasets: [dataset], dataset: dataset.id, from: "", to: "", seed: "1", help: help)
            return
        }
        let first = max(span.lowerBound.day, span.upperBound.day - Self.spanDays)
        self.init(
            datasets: [dataset], dataset: dataset.id, from: CalendarDate(daysSinceEpoch: first).description,
            to: span.upperBound.date.description, seed: "1",
            help: "Data reaches from \(span.lowerBound.date) to \(span.upperBound.date).")
    }

    /// The same form with what was typed and what is wrong with it.
    func typed(_ form: Fields, errors: [FieldError]) -> BacktestForm {
        var copy = BacktestForm(
            datasets: datasets, dataset: dataset, from: form.text("from"), to: form.text("to"), seed: form.text("seed"), help: help)
        copy.errors = errors
        return copy
    }
}
