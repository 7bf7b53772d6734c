internal import Base
internal import Marketplace
internal import Storage
internal import Trading

/// Skills, listings and versions as the API writes them.
enum SkillJSON {
    /// One row of a list of published skills.
    static func listing(_ row: ListingTable.Row) -> JSON { .object(listingMembers(row)) }

    /// A published skill with the listed version.
    static func listing(_ row: ListingTable.Row, version: PublishedVersionTable.Row?) -> JSON {
        .object(listingMembers(row) + [("facts", version?.facts ?? .null), ("source", source(version?.files))])
    }

    private static func listingMembers(_ row: ListingTable.Row) -> [(String, JSON)] {
        let p = row.publication
        return [
            ("id", .string(p.skill.description)), ("handle", .string(p.handle)), ("slug", .string(p.slug)),
            ("address", .string("@\(p.handle)/\(p.slug)")), ("name", .string(p.name)), ("summary", .string(p.summary)),
            ("licence", .string(p.licence)), ("model", .optional(p.model)), ("timeframe", .string(p.timeframe.rawValue)),
            ("cadence", .string(p.cadence)), ("universe", .array(p.universe.map(JSON.string))), ("synthetic", .bool(p.synthetic)),
            ("visibility", .string(p.visibility.rawValue)), ("version", .int(p.versionNumber)),
            ("skill_hash", .string(p.skillHash.hex)), ("first_published_at", .string(row.firstPublishedAt.description)),
            ("published_at", .string(row.publishedAt.description)), ("forked_from", forkedFrom(p.source)),
            ("trials", .int(row.trials)), ("forks", .int(row.forks)), ("evaluation", evaluation(row)),
        ]
    }

    private static func evaluation(_ row: ListingTable.Row) -> JSON {
        let figures = row.figures
        return [
            "run_id": .string(row.publication.evaluationRun.description), "recipe": .string(StandardEvaluation.current.name),
            "state": .string(row.evaluation.rawValue), "total_return": .optional(figures.totalReturn),
            "benchmark_return": .optional(figures.benchmarkReturn), "sharpe": .optional(figures.sharpe),
            "sharpe_confidence": .optional(figures.sharpeConfidence), "max_drawdown": .optional(figures.maxDrawdown),
            "trades": .optional(figures.trades), "span_days": .optional(figures.spanDays),
        ]
    }

    static func forkedFrom(_ source: ForkSource?) -> JSON {
        guard let source else { return .null }
        return [
            "handle": .string(source.handle), "slug": .string(source.slug), "address": .string("@\(source.handle)/\(source.slug)"),
            "version": .int(source.number), "skill_hash": .string(source.hash.hex),
        ]
    }

    /// Null where a licence keeps the source closed.
    static func source(_ files: VersionTable.Files?) -> JSON {
        guard let files else { return .null }
        return ["skill_md": .string(files.skillMD), "entry": .optional(files.entry), "exit": .optional(files.exit)]
    }

    /// One row of a list of published versions.
    static func version(_ row: PublishedVersionTable.Row) -> JSON { .object(versionMembers(row)) }

    /// A published version whole.
    static func versionWhole(_ row: PublishedVersionTable.Row) -> JSON {
        .object(versionMembers(row) + [("facts", row.facts), ("source", source(row.files))])
    }

    private static func versionMembers(_ row: PublishedVersionTable.Row) -> [(String, JSON)] {
        [
            ("number", .int(row.number)), ("skill_hash", .string(row.hash.hex)), ("summary", .string(row.summary)),
            ("published_at", .string(row.publishedAt.description)), ("evaluation_run_id", .string(row.evaluationRun.description)),
        ]
    }

    /// A skill in its author's studio.
    static func studio(_ row: Storage.SkillTable.Row, version: VersionTable.Row? = nil) -> JSON {
        var members: [(String, JSON)] = [
            ("id", .string(row.id.description)), ("slug", .string(row.slug)), ("name", .string(row.name)),
            ("version", .int(row.latestNumber)), ("skill_hash", .string(row.latestHash.hex)),
            ("published_version", .optional(row.publishedNumber)), ("forked_from", forkedFrom(row.source)),
            ("created_at", .string(row.createdAt.description)),
        ]
        if let version { members.append(("source", source(version.files))) }
        return .object(members)
    }
}
