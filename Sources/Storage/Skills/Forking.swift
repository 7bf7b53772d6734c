public import Base
internal import Marketplace
public import Postgres

/// Makes a skill of one's own from a published one. The fork keeps its source's words and helpers, where it came from,
/// and its family's count of trials.
public enum Forking {
    /// Why not. Shown to whoever asked.
    public enum Refusal: Error, Sendable, Hashable {
        /// No published skill or version is at that address.
        case notFound(handle: String, slug: String, number: Int?)
        case closedLicence(handle: String, slug: String)
        case slugNotValid(String)
        /// The slug and every numbered one near it are taken.
        case noSlugLeft(String)

        public var sentence: String {
            switch self {
            case .notFound(let handle, let slug, nil): "There is no published skill at @\(handle)/\(slug)."
            case .notFound(let handle, let slug, let number?): "@\(handle)/\(slug) has no published version \(number)."
            case .closedLicence(let handle, let slug):
                "@\(handle)/\(slug) is published under a closed licence. Its source is not public, so it cannot be forked."
            case .slugNotValid(let slug):
                "A slug is \(Slug.charactersMin) to \(Slug.charactersMax) of a–z, 0–9 and -, not starting or ending with -"
                    + (Slug.suggestion(for: slug).map { ". \($0) would do." } ?? ".")
            case .noSlugLeft(let slug): "You have many skills called \(slug) already. Give the fork a slug of its own."
            }
        }
    }

    /// Numbers tried behind a taken slug.
    private static let slugNumberMax = 99

    /// Forks version `number` (nil: the listed one) of @`handle`/`slug` into the transaction's tenant, as `newSlug` or
    /// the source's own slug; where that is taken, `-2`, `-3` and so on follow it. Throws `Refusal`.
    public static func fork(
        handle: String, slug: String, number: Int?, as newSlug: String?, ids: inout Authoring.Identifiers,
        in tx: borrowing Transaction
    ) throws -> (skill: ID<Skill>, version: ID<Version>, slug: String) {
        guard let listing = try ListingTable.find(handle: handle, slug: slug, in: tx) else {
            throw Refusal.notFound(handle: handle, slug: slug, number: nil)
        }
        let listed = listing.publication
        guard let published = try PublishedVersionTable.find(
            tenant: listing.tenant, skill: listed.skill, number: number ?? listed.versionNumber, in: tx)
        else { throw Refusal.notFound(handle: handle, slug: slug, number: number) }
        guard let files = published.files else { throw Refusal.closedLicence(handle: handle, slug: slug) }

        let free = try freeSlug(newSlug ?? listed.slug, in: tx)
        let copy = try renamed(files, to: free)
        let source = ForkSource(
            skill: listed.skill, version: published.version, handle: listed.handle, slug: listed.slug,
            number: published.number, hash: published.hash)
        let made = try Authoring.create(copy.manifest, files: copy.files, source: (source, listed.lineage), ids: &ids, in: tx)
        return (made.skill, made.version, free)
    }

    private static func freeSlug(_ wanted: String, in tx: borrowing Transaction) throws -> String {
        guard Slug.isValid(wanted) else { throw Refusal.slugNotValid(wanted) }
        if try SkillTable.find(slug: wanted, in: tx) == nil { return wanted }
        for number in 2...slugNumberMax {
            let tail = "-\(number)"
            var stem = String(wanted.prefix(Slug.charactersMax - tail.count))
            while stem.last == "-" { stem.removeLast() }
            let candidate = String(stem) + tail
            if Slug.isValid(candidate), try SkillTable.find(slug: candidate, in: tx) == nil { return candidate }
        }
        throw Refusal.noSlugLeft(wanted)
    }

    /// The files under another slug. The author's text stays as it is but for the line of the slug; where that line
    /// is written in an unusual way, SKILL.md is written anew from its content.
    static func renamed(_ files: VersionTable.Files, to slug: String) throws -> (manifest: Manifest, files: VersionTable.Files) {
        var manifest = try Authoring.manifest(of: files)
        manifest.slug = slug
        let edited = VersionTable.Files(skillMD: withSlug(slug, files.skillMD), entry: files.entry, exit: files.exit)
        if (try? Authoring.manifest(of: edited)) == manifest { return (manifest, edited) }
        return (manifest, Authoring.files(of: manifest))
    }

    /// The text with its first line `slug: …` replaced.
    private static func withSlug(_ slug: String, _ text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if let line = lines.firstIndex(where: { $0.hasPrefix("slug:") }) { lines[line] = "slug: \(slug)" }
        return lines.joined(separator: "\n")
    }
}
