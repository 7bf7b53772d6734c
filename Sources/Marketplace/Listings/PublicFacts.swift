public import Base

extension Manifest {
    /// What every licence shows of a published version: everything but the instructions and the helper sources.
    public var publicFacts: JSON {
        let hidden = ["instructions", "entry", "exit", "format"]
        return .object((canonical.object ?? []).filter { !hidden.contains($0.0) } + [
            ("has_entry", .bool(entrySource != nil)), ("has_exit", .bool(exitSource != nil)),
        ])
    }
}
