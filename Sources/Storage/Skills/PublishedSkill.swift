public import Marketplace
public import Postgres

/// Finds what `@handle/slug` or `@handle/slug@version` names among the published skills.
public enum PublishedSkill {
    public enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        case malformed(String)
        case notFound(String)
        case closed(String)
        public var description: String {
            switch self {
            case .malformed(let text): "\(text) is not a skill's address. Write @handle/slug or @handle/slug@version."
            case .notFound(let text): "There is no published skill at \(text)."
            case .closed(let text): "\(text) is published under a closed licence: its source is not public, so it cannot be run from here."
            }
        }
    }

    public static func manifest(at address: String, in tx: borrowing Transaction) throws -> Manifest {
        let parts = address.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard address.hasPrefix("@"), parts.count == 2 else { throw Refusal.malformed(address) }
        let tail = parts[1].split(separator: "@", omittingEmptySubsequences: false)
        guard tail.count <= 2, let slug = tail.first else { throw Refusal.malformed(address) }
        guard let listing = try ListingTable.find(handle: String(parts[0]), slug: String(slug), in: tx) else { throw Refusal.notFound(address) }
        var number = listing.publication.versionNumber
        if tail.count == 2 {
            guard let given = Int(tail[1]) else { throw Refusal.malformed(address) }
            number = given
        }
        guard let version = try PublishedVersionTable.find(tenant: listing.tenant, skill: listing.publication.skill, number: number, in: tx) else {
            throw Refusal.notFound(address)
        }
        guard let files = version.files else { throw Refusal.closed(address) }
        return try Authoring.manifest(of: files)
    }
}
