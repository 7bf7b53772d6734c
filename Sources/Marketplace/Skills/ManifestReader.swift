internal import Base
internal import Trading

/// Turns the members of the front matter into a manifest and collects every problem on the way.
struct ManifestReader {
    static let keys = [
        "name", "slug", "summary", "model", "tools", "mcp", "universe", "timeframe", "cadence", "parameters", "risk",
        "licence",
    ]
    static let riskKeys = [
        "max_order_usd", "max_position_usd", "max_leverage", "max_open_positions", "max_daily_loss_pct",
        "max_drawdown_pct", "max_orders_per_hour", "stop_loss_pct", "allow_short",
    ]

    private let members: [FrontMatterNode.Member]
    private let instructionsLine: Int
    private(set) var problems: [SkillProblem] = []
    /// Where each field stands, for rules that are checked after everything was read.
    private var places: [String: (line: Int, column: Int?)] = [:]

    init(members: [FrontMatterNode.Member], instructionsLine: Int) {
        self.members = members
        self.instructionsLine = instructionsLine
        for member in members { places[member.key] = (member.line, member.column) }
    }

    /// Nil when a field could not be read at all; `problems` then says why.
    mutating func manifest(instructions: String, entrySource: String?, exitSource: String?) -> Manifest? {
        for member in members where !Self.keys.contains(member.key) { unknown(member, in: Self.keys, prefix: "") }
        let name = text("name", required: "Give the skill a name: `name: Nightly Drift`.")
        let slug = text("slug", required: "Give the skill a short name for its address: `slug: nightly-drift`.")
        let summary = text("summary", required: nil)
        let model = readModel(hasHelper: entrySource != nil || exitSource != nil)
        let tools = readTools(hasModel: model?.name != nil)
        let mcp = list("mcp", required: nil)
        let universe = list("universe", required: "Say what the skill trades: `universe: [BTC, ETH]`.")
        let timeframe = readTimeframe()
        let cadence = readCadence()
        let parameters = readParameters()
        let risk = readRisk()
        let licence = readLicence()
        guard let name, let slug, let summary, let model, let tools, let mcp, let universe, let timeframe, let cadence,
              let parameters, let risk, let licence else { return nil }
        let manifest = Manifest(
            name: name, slug: slug, summary: summary, model: model.name, tools: tools, mcp: mcp, universe: universe,
            timeframe: timeframe, cadence: cadence, parameters: parameters, risk: risk, licence: licence,
            instructions: instructions, entrySource: entrySource, exitSource: exitSource)
        for problem in ManifestRules.problems(of: manifest) { add(problem.field, problem.message) }
        return manifest
    }

    // MARK: Places

    private mutating func add(_ field: String, _ message: String, at place: (line: Int, column: Int?)? = nil) {
        var found = place ?? places[field]
        if found == nil, field == "instructions" { found = (instructionsLine, nil) }
        if found == nil, let group = field.split(separator: ".").first { found = places[String(group)] }
        problems.append(SkillProblem(line: found?.line ?? 1, column: found?.column, field: field, message: message))
    }

    private mutating func unknown(_ member: FrontMatterNode.Member, in known: [String], prefix: String) {
        var message = "\(quoted(member.key)) is not a setting."
        if let near = nearestKey(to: member.key, among: known) {
            message += " Did you mean `\(near)`?"
        } else if prefix.isEmpty, let near = nearestKey(to: member.key, among: Self.riskKeys) {
            message += " `\(near)` belongs under `risk:`."
        } else {
            message += " The settings \(prefix.isEmpty ? "" : "of `risk` ")are " + known.joined(separator: ", ") + "."
        }
        add(prefix + member.key, message, at: (member.line, member.column))
    }

    private func member(_ key: String) -> FrontMatterNode.Member? { members.first { $0.key == key } }

    // MARK: Plain fields

    /// One line of text; "" when it is absent and not required. Nil after a problem.
    private mutating func text(_ key: String, required: String?) -> String? {
        guard let member = member(key) else {
            if let required { add(key, required, at: (1, nil)) } else { return "" }
            return nil
        }
        guard case .scalar(let raw, _) = member.value.content else {
            add(key, "`\(key)` is one line of text; you wrote \(member.value.shown).")
            return nil
        }
        let text = member.value.isEmpty ? "" : TextRules.trimmed(raw)
        if text.isEmpty, let required {
            add(key, required)
            return nil
        }
        return text
    }

    /// A list of words; one word alone counts as a list of one. [] when absent and not required.
    private mutating func list(_ key: String, required: String?) -> [String]? {
        guard let member = member(key), !member.value.isEmpty else {
            if let required { add(key, required, at: places[key] ?? (1, nil)) } else { return [] }
            return nil
        }
        let items: [FrontMatterNode]
        switch member.value.content {
        case .list(let nodes): items = nodes
        case .scalar: items = [member.value]
        case .map:
            add(key, "`\(key)` is a list such as `[a, b]`; you wrote a group of keys.")
            return nil
        }
        var words: [String] = []
        var failed = false
        for item in items {
            guard case .scalar(let word, _) = item.content, !item.isEmpty else {
                add(key, "`\(key)` holds plain words; you wrote \(item.shown).", at: (item.line, item.column))
                failed = true
                continue
            }
            words.append(TextRules.trimmed(word))
        }
        return failed ? nil : words
    }

    /// The outer nil is a problem; `name` is nil for `none`.
    private mutating func readModel(hasHelper: Bool) -> (name: String?, Void)? {
        if member("model") == nil {
            if hasHelper { return (nil, ()) }
            add("model", "Name the model that runs the skill (`model: provider/model`), or write `model: none` and add "
                + "entry.ts or exit.ts.", at: (1, nil))
            return nil
        }
        guard let text = text("model", required: "Write `model: provider/model`, or `model: none` for helpers alone.")
        else { return nil }
        return (text == "none" ? nil : text, ())
    }

    private mutating func readTools(hasModel: Bool) -> [Manifest.Tool]? {
        guard member("tools") != nil else { return hasModel ? [.bars, .portfolio, .proposeOrder] : [] }
        guard let words = list("tools", required: nil) else { return nil }
        var tools: [Manifest.Tool] = []
        let known = Manifest.Tool.allCases.map(\.rawValue)
        for word in words {
            if let tool = Manifest.Tool(rawValue: word) {
                tools.append(tool)
            } else {
                let near = nearestKey(to: word, among: known).map { " Did you mean `\($0)`?" }
                add("tools", "\(quoted(word)) is not a tool." + (near ?? " The tools are \(known.joined(separator: ", "))."))
            }
        }
        return tools.count == words.count ? tools : nil
    }

    private mutating func readTimeframe() -> Timeframe? {
        let all = Timeframe.allCases.map(\.rawValue).joined(separator: ", ")
        guard let text = text("timeframe", required: "Say how long a bar is: `timeframe: 5m` (one of \(all)).") else { return nil }
        guard let timeframe = Timeframe(rawValue: text) else {
            add("timeframe", "`timeframe` is one of \(all); you wrote \(quoted(text)).")
            return nil
        }
        return timeframe
    }

    private mutating func readCadence() -> Manifest.Cadence? {
        guard member("cadence") != nil else { return .everyBar }
        guard let text = text("cadence", required: "Write `cadence: every_bar`, a duration such as `1h`, or `on_signal`.")
        else { return nil }
        guard let cadence = Manifest.Cadence(text: text) else {
            add("cadence", "`cadence` is `every_bar`, `on_signal` or a duration such as `15m`, `4h`, `1d`; you wrote \(quoted(text)).")
            return nil
        }
        return cadence
    }

    private mutating func readLicence() -> Manifest.Licence? {
        guard member("licence") != nil else { return .closed }
        guard let text = text("licence", required: "Write `licence: open` or `licence: closed`.") else { return nil }
        guard let licence = Manifest.Licence(rawValue: text) else {
            add("licence", "`licence` is `open` (everybody may read and fork it) or `closed`; you wrote \(quoted(text)).")
            return nil
        }
        return licence
    }

    private mutating func readParameters() -> [Manifest.Parameter]? {
        guard let member = member("parameters"), !member.value.isEmpty else { return [] }
        guard case .map(let pairs) = member.value.content else {
            add("parameters", "`parameters` is a group of `name: number` lines; you wrote \(member.value.shown).")
            return nil
        }
        var result: [Manifest.Parameter] = []
        for pair in pairs {
            let field = "parameters.\(pair.key)"
            places[field] = (pair.line, pair.column)
            guard case .scalar(let text, _) = pair.value.content, let value = PlainNumber.double(text) else {
                add(field, "\(quoted(pair.key)) must be a number such as 20 or 0.5; you wrote \(pair.value.shown).")
                continue
            }
            result.append(.init(name: pair.key, value: value))
        }
        guard result.count == pairs.count else { return nil }
        return result.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

// MARK: Risk

extension ManifestReader {
    private mutating func readRisk() -> RiskCaps? {
        guard let group = member("risk") else {
            add("risk", "Set the limits the engine enforces: `risk:` with at least `max_order_usd` and `max_position_usd`.",
                at: (1, nil))
            return nil
        }
        guard case .map(let pairs) = group.value.content else {
            add("risk", "`risk` is a group of limits, one a line, such as `max_order_usd: 500`; you wrote \(group.value.shown).")
            return nil
        }
        for pair in pairs {
            places["risk.\(pair.key)"] = (pair.line, pair.column)
            if !Self.riskKeys.contains(pair.key) { unknown(pair, in: Self.riskKeys, prefix: "risk.") }
        }
        let before = problems.count
        let maxOrder = amount("max_order_usd", in: pairs)
        let maxPosition = amount("max_position_usd", in: pairs)
        let leverage = hundredths("max_leverage", in: pairs, example: "a multiple of equity such as 1.5")
        let openPositions = count("max_open_positions", in: pairs)
        let dailyLoss = hundredths("max_daily_loss_pct", in: pairs, example: "a percentage such as 5")
        let drawdown = hundredths("max_drawdown_pct", in: pairs, example: "a percentage such as 20")
        let orders = count("max_orders_per_hour", in: pairs)
        let stopLoss = hundredths("stop_loss_pct", in: pairs, example: "a percentage such as 3")
        let allowShort = flag("allow_short", in: pairs)
        guard problems.count == before, let maxOrder, let maxPosition else { return nil }
        return RiskCaps(
            maxOrder: maxOrder, maxPosition: maxPosition, maxLeverageHundredths: leverage ?? 100,
            maxOpenPositions: openPositions, maxDailyLossBasisPoints: dailyLoss, maxDrawdownBasisPoints: drawdown,
            maxOrdersPerHour: orders, stopLossBasisPoints: stopLoss, allowShort: allowShort ?? false)
    }

    /// The written text of one limit, nil when it is absent or (with a problem) no plain value.
    private mutating func scalar(_ key: String, in pairs: [FrontMatterNode.Member], must: String) -> (text: String, shown: String)? {
        guard let pair = pairs.first(where: { $0.key == key }) else { return nil }
        guard case .scalar(let text, _) = pair.value.content, !pair.value.isEmpty else {
            add("risk.\(key)", "`\(key)` must be \(must); you wrote \(pair.value.shown).")
            return nil
        }
        return (text, pair.value.shown)
    }

    /// A required positive amount of US dollars, exact to eight decimals.
    private mutating func amount(_ key: String, in pairs: [FrontMatterNode.Member]) -> Money? {
        guard pairs.contains(where: { $0.key == key }) else {
            add("risk.\(key)", "Set `\(key)` under `risk:`, a positive amount such as 500.")
            return nil
        }
        let must = "a positive amount such as 500"
        guard let (text, shown) = scalar(key, in: pairs, must: must) else { return nil }
        guard PlainNumber.isDecimal(text), let money = Money(decimal: text), money.isPositive else {
            add("risk.\(key)", "`\(key)` must be \(must); you wrote \(shown).")
            return nil
        }
        return money
    }

    /// A positive number with at most two decimals, times 100.
    private mutating func hundredths(_ key: String, in pairs: [FrontMatterNode.Member], example: String) -> Int64? {
        guard let (text, shown) = scalar(key, in: pairs, must: example) else { return nil }
        guard PlainNumber.isDecimal(text), let value = Money(decimal: text), value.isPositive else {
            add("risk.\(key)", "`\(key)` must be \(example); you wrote \(shown).")
            return nil
        }
        guard value.raw % (fixedPointUnit / 100) == 0 else {
            add("risk.\(key)", "`\(key)` takes at most two decimals; you wrote \(shown).")
            return nil
        }
        return value.raw / (fixedPointUnit / 100)
    }

    private mutating func count(_ key: String, in pairs: [FrontMatterNode.Member]) -> Int? {
        let must = "a whole number such as 3"
        guard let (text, shown) = scalar(key, in: pairs, must: must) else { return nil }
        guard PlainNumber.isDecimal(text), text.utf8.allSatisfy(isDigit), let value = Int(text), value > 0 else {
            add("risk.\(key)", "`\(key)` must be \(must); you wrote \(shown).")
            return nil
        }
        return value
    }

    private mutating func flag(_ key: String, in pairs: [FrontMatterNode.Member]) -> Bool? {
        guard let (text, shown) = scalar(key, in: pairs, must: "`true` or `false`") else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            add("risk.\(key)", "`\(key)` must be `true` or `false`; you wrote \(shown).")
            return nil
        }
    }
}

/// Numbers as the manifest spells them. YAML's other spellings (`0x1F`, `017`, `1_000`, `.nan`, `1e400`) mean
/// different things to different readers and are refused.
enum PlainNumber {
    /// Digits with at most one point and a leading `-`, no superfluous leading zero: `12`, `-0.5`.
    static func isDecimal(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0"), text.utf8.count <= 40 else { return false }
        rest = rest.dropFirst(whole.count)
        guard !rest.isEmpty else { return true }
        guard rest.first == UInt8(ascii: ".") else { return false }
        return rest.count > 1 && rest.dropFirst().allSatisfy(isDigit)
    }

    /// A decimal, with an exponent if need be (`1e-7`), that a finite double can hold. -0 is 0.
    static func double(_ text: String) -> Double? {
        let parts = text.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        guard let mantissa = parts.first, isDecimal(String(mantissa)) else { return nil }
        if parts.count == 2 {
            var digits = Array(parts[1].utf8)[...]
            if digits.first == UInt8(ascii: "-") || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
            guard (1...3).contains(digits.count), digits.allSatisfy(isDigit) else { return nil }
        }
        guard let value = Double(text), value.isFinite else { return nil }
        return value == 0 ? 0 : value
    }
}
