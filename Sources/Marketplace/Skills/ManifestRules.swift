public import Base
internal import Trading

/// What must hold between the fields of a manifest, wherever it came from: files, a form, the API.
public enum ManifestRules {
    public static let mcpMax = 8
    public static let modelCharactersMax = 100
    public static let parameterNameCharactersMax = 40
    public static let amountMax = Money.whole(1_000_000_000)
    public static let leverageHundredthsMax: Int64 = 10_000
    public static let openPositionsMax = 1_000
    public static let ordersPerHourMax = 10_000
    public static let cadenceMillisecondsMax: Int64 = 30 * Instant.millisecondsPerDay

    /// Everything wrong, as (field, sentence): empty for a manifest that may run.
    public static func problems(of manifest: Manifest) -> [(field: String, message: String)] {
        var found: [(field: String, message: String)] = []
        func check(_ holds: Bool, _ field: String, _ message: @autoclosure () -> String) {
            if !holds { found.append((field, message())) }
        }
        checkWords(manifest, check)
        checkModel(manifest, check)
        checkUniverse(manifest, check)
        checkParameters(manifest, check)
        checkRisk(manifest.risk, check)
        checkSources(manifest, check)
        return found
    }

    private typealias Check = (Bool, String, @autoclosure () -> String) -> Void

    private static func checkWords(_ m: Manifest, _ check: Check) {
        func isOneLine(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(TextRules.isPrintable) }
        check(!TextRules.trimmed(m.name).isEmpty, "name", "Give the skill a name.")
        check(m.name.count <= Limits.nameCharactersMax, "name",
              "Shorten `name` to \(Limits.nameCharactersMax) characters; it has \(m.name.count).")
        check(isOneLine(m.name), "name", "`name` is one line of visible text.")
        check(m.name == TextRules.trimmed(m.name), "name", "Remove the spaces around `name`.")
        check(Slug.isValid(m.slug), "slug", "`slug` is \(Slug.charactersMin) to \(Slug.charactersMax) of a–z, 0–9 and `-`, "
            + "not starting or ending with `-`; you wrote \(quoted(m.slug))."
            + (Slug.suggestion(for: m.slug).map { " `\($0)` would do." } ?? ""))
        check(m.summary.count <= Limits.summaryCharactersMax, "summary",
              "Shorten `summary` to \(Limits.summaryCharactersMax) characters; it has \(m.summary.count).")
        check(isOneLine(m.summary), "summary", "`summary` is one line of visible text.")
        check(m.summary == TextRules.trimmed(m.summary), "summary", "Remove the spaces around `summary`.")
    }

    private static func checkModel(_ m: Manifest, _ check: Check) {
        if let model = m.model {
            check(isModelName(model), "model",
                  "`model` is `provider/model` such as `reference/threshold`, or `none`; you wrote \(quoted(model)).")
            check(!m.instructions.isEmpty, "instructions", "Write below the front matter what the model shall do.")
            check(m.tools.contains(.proposeOrder), "tools",
                  "Add `propose_order` to `tools`: it is the only way a model can act.")
        } else {
            check(m.entrySource != nil || m.exitSource != nil, "model",
                  "With `model: none` a helper must decide: add entry.ts or exit.ts, or name a model.")
        }
        check(m.cadence != .onSignal || m.entrySource != nil || m.exitSource != nil, "cadence",
              "`on_signal` asks the model when a helper signals: add entry.ts or exit.ts, or choose another cadence.")
        if case .every(let span) = m.cadence {
            check(span > 0 && span % m.timeframe.milliseconds == 0, "cadence", "`cadence` must be a multiple of the "
                + "timeframe \(m.timeframe.rawValue); you wrote \(quoted(m.cadence.text)).")
            check(span <= cadenceMillisecondsMax, "cadence", "`cadence` is at most 30 days.")
        }
        check(Set(m.tools).count == m.tools.count, "tools", "Name each tool once.")
        check(m.mcp.count <= mcpMax, "mcp", "Name at most \(mcpMax) servers; you named \(m.mcp.count).")
        check(Set(m.mcp).count == m.mcp.count, "mcp", "Name each server once.")
        for name in m.mcp {
            check(Slug.isValid(name), "mcp", "A server's name is 2 to 50 of a–z, 0–9 and `-`; you wrote \(quoted(name)).")
        }
    }

    /// `provider/model`, further parts allowed: `openai/gpt-4o-mini`.
    public static func isModelName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (2...4).contains(parts.count), text.utf8.count <= modelCharactersMax else { return false }
        return parts.allSatisfy { part in
            guard let first = part.utf8.first, isLowerCase(first) || isUpperCase(first) || isDigit(first) else { return false }
            return part.utf8.allSatisfy { isLowerCase($0) || isUpperCase($0) || isDigit($0) || "-._:".utf8.contains($0) }
        }
    }

    private static func checkUniverse(_ m: Manifest, _ check: Check) {
        check(!m.universe.isEmpty, "universe", "Name at least one instrument: `universe: [BTC]`.")
        check(m.universe.count <= Limits.universeInstrumentsMax, "universe",
              "Name at most \(Limits.universeInstrumentsMax) instruments; you named \(m.universe.count).")
        var seen: Set<String> = []
        for name in m.universe {
            check(Instrument.isValidName(name), "universe", "\(quoted(name)) is not an instrument's name; write it like "
                + "`BTC`, in capital letters.")
            check(seen.insert(name).inserted, "universe", "\(quoted(name)) is named twice; keep one.")
        }
    }

    private static func checkParameters(_ m: Manifest, _ check: Check) {
        check(m.parameters.count <= Limits.parametersMax, "parameters",
              "Keep at most \(Limits.parametersMax) parameters; you have \(m.parameters.count).")
        var previous: String?
        for parameter in m.parameters {
            let field = "parameters.\(parameter.name)"
            let bytes = Array(parameter.name.utf8)
            let startsWell = bytes.first.map { isLowerCase($0) || isUpperCase($0) } ?? false
            check(startsWell && bytes.count <= parameterNameCharactersMax && bytes.allSatisfy {
                isLowerCase($0) || isUpperCase($0) || isDigit($0) || $0 == UInt8(ascii: "_")
            }, field, "A parameter's name is a letter, then letters, digits and `_`, at most "
                + "\(parameterNameCharactersMax); you wrote \(quoted(parameter.name)).")
            check(parameter.value.isFinite, field, "\(quoted(parameter.name)) must be a finite number.")
            if let previous {
                check(previous.utf8.lexicographicallyPrecedes(parameter.name.utf8), field,
                      "Parameters are sorted by name and named once.")
            }
            previous = parameter.name
        }
    }

    private static func checkRisk(_ r: RiskCaps, _ check: Check) {
        for (key, amount) in [("max_order_usd", r.maxOrder), ("max_position_usd", r.maxPosition)] {
            check(amount.isPositive && amount <= amountMax, "risk.\(key)",
                  "`\(key)` must be above 0 and at most \(amountMax); you wrote \(amount).")
        }
        check(r.maxLeverageHundredths > 0 && r.maxLeverageHundredths <= leverageHundredthsMax, "risk.max_leverage",
              "`max_leverage` must be above 0 and at most \(leverageHundredthsMax / 100).")
        if let count = r.maxOpenPositions {
            check((1...openPositionsMax).contains(count), "risk.max_open_positions",
                  "`max_open_positions` must be 1 to \(openPositionsMax).")
        }
        if let count = r.maxOrdersPerHour {
            check((1...ordersPerHourMax).contains(count), "risk.max_orders_per_hour",
                  "`max_orders_per_hour` must be 1 to \(ordersPerHourMax).")
        }
        for (key, points) in [("max_daily_loss_pct", r.maxDailyLossBasisPoints), ("max_drawdown_pct", r.maxDrawdownBasisPoints)] {
            guard let points else { continue }
            check((1...10_000).contains(points), "risk.\(key)", "`\(key)` must be above 0 and at most 100.")
        }
        if let points = r.stopLossBasisPoints {
            check((1..<10_000).contains(points), "risk.stop_loss_pct", "`stop_loss_pct` must be above 0 and below 100.")
        }
    }

    private static func checkSources(_ m: Manifest, _ check: Check) {
        check(m.instructions.utf8.count <= Limits.instructionsBytesMax, "instructions",
              "Shorten the instructions to \(Limits.instructionsBytesMax) bytes; they have \(m.instructions.utf8.count).")
        check(m.instructions == TextRules.body(m.instructions), "instructions",
              "Remove the blank lines around the instructions.")
        for (field, text) in [("instructions", m.instructions), ("entry", m.entrySource ?? ""), ("exit", m.exitSource ?? "")] {
            check(TextRules.firstForbidden(in: text) == nil, field, "Remove the invisible characters from `\(field)`.")
            if field != "instructions" {
                let source = field == "entry" ? m.entrySource : m.exitSource
                check(source.map { !TextRules.trimmed($0).isEmpty } ?? true, field, "`\(field)` is empty; leave it out.")
                check(text.utf8.count <= Limits.helperSourceBytesMax, field,
                      "Shorten the file to \(Limits.helperSourceBytesMax) bytes; it has \(text.utf8.count).")
            }
        }
    }
}

extension Manifest.Cadence {
    /// `every_bar`, `on_signal`, or whole minutes, hours or days: `15m`, `4h`, `1d`. Nil for anything else.
    public init?(text: String) {
        switch text {
        case "every_bar": self = .everyBar
        case "on_signal": self = .onSignal
        default:
            let units: [(suffix: String, milliseconds: Int64)] = [
                ("m", 60_000), ("h", Instant.millisecondsPerHour), ("d", Instant.millisecondsPerDay),
            ]
            guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
            let digits = text.dropLast()
            guard (1...6).contains(digits.utf8.count), digits.utf8.allSatisfy(isDigit), digits.utf8.first != UInt8(ascii: "0"),
                  let count = Int64(digits) else { return nil }
            self = .every(milliseconds: count * unit.milliseconds)
        }
    }

    /// The inverse of `init(text:)`, in the largest unit that divides.
    public var text: String {
        switch self {
        case .everyBar: "every_bar"
        case .onSignal: "on_signal"
        case .every(let span):
            if span % Instant.millisecondsPerDay == 0 {
                "\(span / Instant.millisecondsPerDay)d"
            } else if span % Instant.millisecondsPerHour == 0 {
                "\(span / Instant.millisecondsPerHour)h"
            } else {
                "\(span / 60_000)m"
            }
        }
    }
}
