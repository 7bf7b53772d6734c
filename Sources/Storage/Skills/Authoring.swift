public import Base
public import Marketplace
public import Postgres

/// What an author does: new skills, new versions, forks, publications. Each is one effect of the caller's transaction,
/// which is the author's tenant's.
public enum Authoring {
    /// Why not. Shown to the author.
    public enum Refusal: Error, Sendable, Hashable {
        /// The tenant has another skill of that slug.
        case slugTaken(String)
        /// The same content is the newest version already.
        case unchanged(number: Int)
        /// No candles for this universe and timeframe, or too few days of them.
        case noCandles(universe: [String])
        case closedLicence
        /// Another skill of the author is published at this address.
        case addressTaken(String)

        public var sentence: String {
            switch self {
            case .slugTaken(let slug): "You have another skill with the slug \(slug). Choose another slug in the front matter."
            case .unchanged(let number): "Nothing changed: version \(number) has exactly this content."
            case .noCandles(let universe):
                "There are not enough candles to evaluate \(universe.joined(separator: ", ")). Choose instruments that the data page lists."
            case .closedLicence: "The author published this skill under a closed licence. It can be run, not forked."
            case .addressTaken(let slug): "Another skill of yours is published as \(slug). Choose another slug in the front matter."
            }
        }
    }

    /// Ids made for one change; time and randomness come from the caller.
    public struct Identifiers {
        private let now: Instant
        private var random = SystemRandomNumberGenerator()
        public init(now: Instant) { self.now = now }
        public mutating func next<Entity>(_: Entity.Type = Entity.self) -> ID<Entity> { ID(at: now, random: &random) }
    }

    /// A new skill with its first version. `files` are the author's own text, of which `manifest` was read.
    public static func create(
        _ manifest: Manifest, files: VersionTable.Files, source: (fork: ForkSource, lineage: ID<Skill>)?, ids: inout Identifiers,
        in tx: borrowing Transaction
    ) throws -> (skill: ID<Skill>, version: ID<Version>) {
        guard try SkillTable.find(slug: manifest.slug, in: tx) == nil else { throw Refusal.slugTaken(manifest.slug) }
        let skill: ID<Skill> = ids.next()
        let version: ID<Version> = ids.next()
        do {
            try SkillTable.insert(skill, slug: manifest.slug, name: manifest.name, lineage: source?.lineage ?? skill, source: source?.fork, in: tx)
        } catch let error as PostgresError where error.isUniqueViolation("skills_slug_once") {
            throw Refusal.slugTaken(manifest.slug)
        }
        _ = try VersionTable.insert(version, skill: skill, hash: manifest.hash, files: files, in: tx)
        return (skill, version)
    }

    /// The next version of a skill, unless nothing changed.
    public static func save(
        _ manifest: Manifest, files: VersionTable.Files, as skill: SkillTable.Row, ids: inout Identifiers,
        in tx: borrowing Transaction
    ) throws -> (version: ID<Version>, number: Int) {
        guard manifest.hash != skill.latestHash else { throw Refusal.unchanged(number: skill.latestNumber) }
        if manifest.slug != skill.slug, try SkillTable.find(slug: manifest.slug, in: tx) != nil { throw Refusal.slugTaken(manifest.slug) }
        let version: ID<Version> = ids.next()
        let number = try VersionTable.insert(version, skill: skill.id, hash: manifest.hash, files: files, in: tx)
        if manifest.slug != skill.slug || manifest.name != skill.name {
            try SkillTable.rename(skill.id, slug: manifest.slug, name: manifest.name, in: tx)
        }
        return (version, number)
    }

    /// Lists a version publicly and asks for its standard evaluation. Publishing the same version again changes nothing
    /// but its visibility.
    public static func publish(
        _ subject: RunOrdering.Subject, files: VersionTable.Files, source: ForkSource?, visibility: ListingTable.Visibility, coverage: CandleCoverage,
        ids: inout Identifiers, in tx: borrowing Transaction
    ) throws -> ID<Run> {
        let manifest = subject.manifest
        try VersionTable.lock(subject.skill, in: tx)
        if let before = try PublishedVersionTable.find(tenant: subject.owner, skill: subject.skill, number: subject.number, in: tx) {
            try ListingTable.setVisibility(visibility, of: subject.skill, in: tx)
            return before.evaluationRun
        }
        guard let span = coverage.span(universe: manifest.universe, timeframe: manifest.timeframe)
            .flatMap({ StandardEvaluation.current.span(of: $0) }) else { throw Refusal.noCandles(universe: manifest.universe) }
        let run: ID<Run> = ids.next()
        try RunOrdering.evaluation(subject, id: run, span: span, in: tx)
        do {
            try ListingTable.publish(
                ListingTable.Publication(
                    skill: subject.skill, handle: subject.handle, slug: manifest.slug, name: manifest.name, summary: manifest.summary,
                    licence: manifest.licence.rawValue, model: manifest.model, timeframe: manifest.timeframe,
                    cadence: manifest.cadence.text, universe: manifest.universe,
                    synthetic: manifest.universe.contains { $0.hasPrefix("SIM-") }, visibility: visibility, lineage: subject.lineage,
                    version: subject.version, versionNumber: subject.number, skillHash: manifest.hash, source: source, evaluationRun: run),
                in: tx)
        } catch let error as PostgresError where error.isUniqueViolation("listings_address_once") {
            throw Refusal.addressTaken(manifest.slug)
        }
        try PublishedVersionTable.insert(
            skill: subject.skill, number: subject.number, version: subject.version, hash: manifest.hash, summary: manifest.summary,
            facts: manifest.publicFacts, files: manifest.licence == .open ? files : nil, evaluationRun: run, in: tx)
        return run
    }

    /// The manifest of stored files. They were valid when they were stored; a rule made stricter since is an error that
    /// says so rather than a silent repair.
    public static func manifest(of files: VersionTable.Files) throws(SkillProblems) -> Manifest {
        try SkillFolder(skill: files.skillMD, entry: files.entry, exit: files.exit).manifest()
    }

    public static func files(of manifest: Manifest) -> VersionTable.Files {
        let folder = SkillFolder(of: manifest)
        return VersionTable.Files(
            skillMD: String(decoding: folder.skill, as: UTF8.self),
            entry: folder.entry.map { String(decoding: $0, as: UTF8.self) },
            exit: folder.exit.map { String(decoding: $0, as: UTF8.self) })
    }
}
