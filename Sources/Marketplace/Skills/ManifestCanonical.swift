public import Base
internal import Trading

extension Manifest {
    /// Names the shape of `canonical`; another shape gets another number.
    public static let format = "tradecraft.skill/1"

    /// Everything that makes this version what it is, helper sources and instructions included. Decimals are strings,
    /// absent caps are null. This is what is hashed and stored.
    public var canonical: JSON {
        [
            "format": .string(Self.format),
            "name": .string(name),
            "slug": .string(slug),
            "summary": .string(summary),
            "model": .optional(model),
            "tools": .array(tools.map { .string($0.rawValue) }),
            "mcp": .array(mcp.map(JSON.string)),
            "universe": .array(universe.map(JSON.string)),
            "timeframe": .string(timeframe.rawValue),
            "cadence": .string(cadence.text),
            "parameters": .object(parameters.map { ($0.name, .double($0.value)) }),
            "risk": .object(risk.written.map { ($0.key, $0.key == "allow_short" ? .bool(risk.allowShort) : .optional($0.value)) }),
            "licence": .string(licence.rawValue),
            "instructions": .string(instructions),
            "entry": .optional(entrySource),
            "exit": .optional(exitSource),
        ]
    }

    /// The version's address: SHA-256 of the canonical bytes.
    public var hash: Digest { Digest.of(canonical) }

    /// Reads `canonical` back, from storage or from a client: the same rules as for files. Problems name the field and
    /// stand on line 1.
    public init(canonical json: JSON) throws(SkillProblems) {
        var reader = CanonicalReader(json: json)
        let manifest = reader.manifest()
        if let manifest {
            for problem in ManifestRules.problems(of: manifest) { reader.refuse(problem.field, problem.message) }
        }
        guard reader.problems.isEmpty, let manifest else { throw SkillProblems(reader.problems) }
        self = manifest
    }
}

private struct CanonicalReader {
    let json: JSON
    private(set) var problems: [SkillProblem] = []

    init(json: JSON) { self.json = json }

    mutating func refuse(_ field: String, _ message: String) {
        problems.append(SkillProblem(line: 1, field: field, message: message))
    }

    private mutating func required<Value>(_ field: String, _ what: String, _ value: Value?) -> Value? {
        if value == nil { refuse(field, "`\(field)` must be \(what).") }
        return value
    }

    private mutating func words(_ field: String) -> [String]? {
        let words = json[field]?.array.map { $0.map(\.string) }
        return required(field, "a list of words", words.flatMap { $0.contains(nil) ? nil : $0.compactMap(\.self) })
    }

    mutating func manifest() -> Manifest? {
        let known = ["format", "entry", "exit", "instructions"] + ManifestReader.keys
        guard let members = json.object, json["format"]?.string == Manifest.format else {
            refuse("format", "`format` must be \"\(Manifest.format)\".")
            return nil
        }
        for (key, _) in members where !known.contains(key) { refuse(key, "\(quoted(key)) is not a setting.") }
        for key in ["model", "entry", "exit"] {
            guard let value = json[key], value.isNull || value.string != nil else {
                refuse(key, "`\(key)` must be text or null.")
                return nil
            }
        }
        let name = required("name", "text", json["name"]?.string)
        let slug = required("slug", "text", json["slug"]?.string)
        let summary = required("summary", "text", json["summary"]?.string)
        let instructions = required("instructions", "text", json["instructions"]?.string)
        let mcp = words("mcp")
        let universe = words("universe")
        let toolWords = words("tools") ?? []
        let tools = required("tools", "a list of tools", toolWords.compactMap(Manifest.Tool.init(rawValue:)).nonShorter(than: toolWords))
        let timeframe = required("timeframe", "a timeframe", json["timeframe"]?.string.flatMap(Timeframe.init(rawValue:)))
        let cadence = required("cadence", "a cadence", json["cadence"]?.string.flatMap(Manifest.Cadence.init(text:)))
        let licence = required("licence", "`open` or `closed`", json["licence"]?.string.flatMap(Manifest.Licence.init(rawValue:)))
        let parameters = readParameters()
        let risk = readRisk()
        guard problems.isEmpty, let name, let slug, let summary, let instructions, let mcp, let universe, let tools,
              let timeframe, let cadence, let licence, let parameters, let risk else { return nil }
        return Manifest(
            name: name, slug: slug, summary: summary, model: json["model"]?.string, tools: tools, mcp: mcp,
            universe: universe, timeframe: timeframe, cadence: cadence, parameters: parameters, risk: risk,
            licence: licence, instructions: instructions, entrySource: json["entry"]?.string,
            exitSource: json["exit"]?.string)
    }

    private mutating func readParameters() -> [Manifest.Parameter]? {
        let pairs = json["parameters"]?.object
        let values = pairs.map { $0.compactMap { pair in pair.1.double.map { Manifest.Parameter(name: pair.0, value: $0 == 0 ? 0 : $0) } } }
        guard let pairs, let values, values.count == pairs.count else {
            return required("parameters", "named numbers", nil)
        }
        return values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private mutating func readRisk() -> RiskCaps? {
        guard let risk = json["risk"], let pairs = risk.object, pairs.map(\.0).sorted() == ManifestReader.riskKeys.sorted() else {
            return required("risk", "an object of exactly " + ManifestReader.riskKeys.joined(separator: ", "), nil)
        }
        func decimal(_ key: String) -> Money? {
            risk[key]?.string.flatMap { PlainNumber.isDecimal($0) ? Money(decimal: $0) : nil }
        }
        func hundredths(_ key: String) -> Int64? {
            decimal(key).flatMap { $0.raw % (fixedPointUnit / 100) == 0 ? $0.raw / (fixedPointUnit / 100) : nil }
        }
        func count(_ key: String) -> Int? { decimal(key).flatMap { $0.raw % fixedPointUnit == 0 ? Int($0.raw / fixedPointUnit) : nil } }
        for key in ManifestReader.riskKeys where key != "allow_short" {
            let isCount = key == "max_open_positions" || key == "max_orders_per_hour"
            let isMoney = key == "max_order_usd" || key == "max_position_usd"
            let readable = isMoney ? decimal(key) != nil : isCount ? count(key) != nil : hundredths(key) != nil
            let optional = !isMoney && key != "max_leverage"
            if !readable, !(optional && risk[key]?.isNull == true) { refuse("risk.\(key)", "`\(key)` must be a decimal as text.") }
        }
        guard problems.isEmpty, let maxOrder = decimal("max_order_usd"), let maxPosition = decimal("max_position_usd"),
              let leverage = hundredths("max_leverage") else { return nil }
        guard let allowShort = required("risk.allow_short", "true or false", risk["allow_short"]?.bool) else { return nil }
        return RiskCaps(
            maxOrder: maxOrder, maxPosition: maxPosition, maxLeverageHundredths: leverage,
            maxOpenPositions: count("max_open_positions"), maxDailyLossBasisPoints: hundredths("max_daily_loss_pct"),
            maxDrawdownBasisPoints: hundredths("max_drawdown_pct"), maxOrdersPerHour: count("max_orders_per_hour"),
            stopLossBasisPoints: hundredths("stop_loss_pct"), allowShort: allowShort)
    }
}

extension Array {
    /// Itself, or nil when converting lost an element of `original`.
    fileprivate func nonShorter<Other>(than original: [Other]) -> Self? { count == original.count ? self : nil }
}
