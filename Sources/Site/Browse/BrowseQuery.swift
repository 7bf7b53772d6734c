internal import Base
internal import HTTP
internal import Storage
internal import Trading

/// The query string of `/skills`. Values nobody offers are ignored: an old link shows more, never an error.
struct BrowseQuery: Sendable {
    static let facets: [(name: String, title: String, options: [(value: String, label: String)])] = [
        ("timeframe", "Timeframe", Timeframe.allCases.map { ($0.rawValue, $0.rawValue) }),
        ("model", "Decides by", [("agent", "Agent with a model"), ("helpers", "Helpers alone")]),
        ("licence", "Licence", [("open", "Open source"), ("closed", "Closed source")]),
        ("synthetic", "Candles", [("false", "Real"), ("true", "Synthetic")]),
    ]

    let text: String
    let sort: ListingTable.Sort
    let cursor: (key: Double, skill: ID<Skill>)?
    /// Facets in force, in the order of `facets`.
    let active: [(String, String)]

    init(_ query: Fields) {
        text = String((query["q"] ?? "").prefix(200))
        sort = query["sort"].flatMap { ListingTable.Sort(rawValue: $0) } ?? .evidence
        active = Self.facets.compactMap { facet in
            guard let value = query[facet.name], facet.options.contains(where: { $0.value == value }) else { return nil }
            return (facet.name, value)
        }
        let parts = (query["after"] ?? "").split(separator: "_", maxSplits: 1).map(String.init)
        if parts.count == 2, let key = Double(parts[0]), !key.isNaN, let skill = ID<Skill>(parts[1]) { cursor = (key, skill) } else { cursor = nil }
    }

    private init(text: String, sort: ListingTable.Sort, active: [(String, String)]) {
        self.text = text
        self.sort = sort
        self.active = active
        cursor = nil
    }

    subscript(_ facet: String) -> String? { active.first { $0.0 == facet }?.1 }

    /// The same query with one facet set or taken away, from its first page.
    func with(_ facet: String, _ value: String?) -> BrowseQuery {
        let kept = active.filter { $0.0 != facet }
        return BrowseQuery(text: text, sort: sort, active: value.map { kept + [(facet, $0)] } ?? kept)
    }

    var filter: ListingTable.Filter {
        ListingTable.Filter(text: text.isEmpty ? nil : text, timeframe: self["timeframe"], licence: self["licence"],
                            hasModel: self["model"].map { $0 == "agent" }, synthetic: self["synthetic"].map { $0 == "true" })
    }

    func address(cursor: (key: Double, skill: ID<Skill>)?) -> String {
        var pairs = active
        if !text.isEmpty { pairs.append(("q", text)) }
        if sort != .evidence { pairs.append(("sort", sort.rawValue)) }
        if let cursor { pairs.append(("after", "\(cursor.key)_\(cursor.skill)")) }
        guard !pairs.isEmpty else { return Paths.browse }
        return Paths.browse + "?" + pairs.map { "\($0.0)=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
    }

    static func choice(_ sort: ListingTable.Sort) -> BrowsePages.Choice {
        let label = switch sort {
        case .evidence: "Strongest evidence"
        case .newest: "Newest"
        case .return: "Return of the evaluation"
        case .drawdown: "Smallest drawdown"
        }
        return .init(value: sort.rawValue, label: label)
    }
}
