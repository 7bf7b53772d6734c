internal import Base
internal import Trading

/// What changed between two versions or between a fork and its source.
public struct ManifestDifference: Sendable, Hashable {
    public struct Field: Sendable, Hashable {
        /// As SKILL.md names it: `model`, `risk.max_order_usd`, `parameters.fast`.
        public let field: String
        /// Nil when it was absent.
        public let before: String?
        public let after: String?
        /// The new version may do more than the old one: a cap was raised or dropped, a tool, server or instrument was
        /// added, shorts were allowed. Readers must see these.
        public let widened: Bool
    }

    /// Only what differs, in the order of SKILL.md.
    public let fields: [Field]
    public let instructions: LineDifference
    public let entry: LineDifference
    public let exit: LineDifference

    public var isEmpty: Bool { fields.isEmpty && instructions.isEmpty && entry.isEmpty && exit.isEmpty }
    public var isWidened: Bool { fields.contains(where: \.widened) }

    public init(from old: Manifest, to new: Manifest) {
        var fields: [Field] = []
        func compare(_ field: String, _ before: String?, _ after: String?, widened: Bool = false) {
            if before != after { fields.append(Field(field: field, before: before, after: after, widened: widened)) }
        }
        func compareLists(_ field: String, _ before: [String], _ after: [String]) {
            compare(field, before.joined(separator: ", "), after.joined(separator: ", "),
                    widened: after.contains { !before.contains($0) })
        }
        compare("name", old.name, new.name)
        compare("slug", old.slug, new.slug)
        compare("summary", old.summary, new.summary)
        compare("model", old.model ?? "none", new.model ?? "none")
        compareLists("tools", old.tools.map(\.rawValue), new.tools.map(\.rawValue))
        compareLists("mcp", old.mcp, new.mcp)
        compareLists("universe", old.universe, new.universe)
        compare("timeframe", old.timeframe.rawValue, new.timeframe.rawValue)
        compare("cadence", old.cadence.text, new.cadence.text)
        let names = Set((old.parameters + new.parameters).map(\.name)).sorted()
        for name in names {
            func value(_ manifest: Manifest) -> String? {
                manifest.parameters.first { $0.name == name }.map { JSON.double($0.value).canonical }
            }
            compare("parameters.\(name)", value(old), value(new))
        }
        for (before, after) in zip(old.risk.written, new.risk.written) {
            compare("risk.\(before.key)", before.value, after.value, widened: Self.isWider(before.value, after.value))
        }
        compare("licence", old.licence.rawValue, new.licence.rawValue)
        self.fields = fields
        instructions = LineDifference(from: old.instructions, to: new.instructions)
        entry = LineDifference(from: old.entrySource, to: new.entrySource)
        exit = LineDifference(from: old.exitSource, to: new.exitSource)
    }

    /// An absent cap binds nothing; a larger number binds less.
    private static func isWider(_ before: String?, _ after: String?) -> Bool {
        guard let before else { return false }
        guard let after else { return true }
        if let old = Money(decimal: before), let new = Money(decimal: after) { return new > old }
        return before == "false" && after == "true"
    }
}
