/// The version a fork began from. Written when the fork is made; nobody can remove it.
public struct Attribution: Sendable, Hashable {
    /// Without `@`.
    public let handle: String
    public let slug: String
    /// From 1.
    public let version: Int

    public init(handle: String, slug: String, version: Int) {
        self.handle = handle
        self.slug = slug
        self.version = version
    }

    /// `/@ana/drift/v/3`.
    public var path: String { "/@\(handle)/\(slug)/v/\(version)" }
    /// `Forked from @ana/drift, version 3`.
    public var sentence: String { "Forked from \(description), version \(version)" }
}

extension Attribution: CustomStringConvertible {
    /// `@ana/drift`.
    public var description: String { "@\(handle)/\(slug)" }
}
