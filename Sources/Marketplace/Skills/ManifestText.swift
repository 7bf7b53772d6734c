internal import Base
public import Trading

extension SkillFolder {
    /// The files of a manifest: `SkillFolder(of: m).manifest() == m` for every manifest the rules accept.
    public init(of manifest: Manifest) {
        self.init(skill: manifest.skillText, entry: manifest.entrySource, exit: manifest.exitSource)
    }
}

extension Manifest {
    /// SKILL.md of this manifest: front matter in the order people expect, then the instructions.
    public var skillText: String {
        var lines = [
            "name: " + Self.quotedYAML(name), "slug: " + Self.word(slug), "summary: " + Self.quotedYAML(summary),
            "model: " + Self.word(model ?? "none"), "tools: " + Self.list(tools.map(\.rawValue)),
        ]
        if !mcp.isEmpty { lines.append("mcp: " + Self.list(mcp)) }
        lines += [
            "universe: " + Self.list(universe), "timeframe: " + timeframe.rawValue, "cadence: " + cadence.text,
        ]
        if !parameters.isEmpty {
            lines.append("parameters:")
            for parameter in parameters {
                lines.append("  " + Self.word(parameter.name) + ": " + JSON.double(parameter.value).canonical)
            }
        }
        lines.append("risk:")
        for (key, value) in risk.written where value != nil { lines.append("  \(key): \(value ?? "")") }
        lines.append("licence: " + licence.rawValue)
        let body = instructions.isEmpty ? "" : "\n" + instructions + "\n"
        return "---\n" + lines.joined(separator: "\n") + "\n---\n" + body
    }

    private static func list(_ words: [String]) -> String { "[" + words.map(word).joined(separator: ", ") + "]" }

    /// A word that no YAML reader takes for a number or a truth value goes bare, everything else in quotes.
    private static func word(_ text: String) -> String {
        let reserved = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"]
        guard let first = text.utf8.first, isLowerCase(first) || isUpperCase(first),
              !reserved.contains(text.lowercased()) || text == "none",
              text.utf8.allSatisfy({ isLowerCase($0) || isUpperCase($0) || isDigit($0) || "-_./".utf8.contains($0) })
        else { return quotedYAML(text) }
        return text
    }

    /// A double-quoted YAML scalar on one line. What libyaml would refuse or fold is written as an escape.
    private static func quotedYAML(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _ where TextRules.isPrintable(scalar): out.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                out += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return out + "\""
    }
}

extension RiskCaps {
    /// The caps as SKILL.md, the canonical form and pages spell them: decimals exact, nil where a cap is absent.
    public var written: [(key: String, value: String?)] {
        [
            ("max_order_usd", maxOrder.description),
            ("max_position_usd", maxPosition.description),
            ("max_leverage", Self.decimal(hundredths: maxLeverageHundredths)),
            ("max_open_positions", maxOpenPositions.map { String($0) }),
            ("max_daily_loss_pct", maxDailyLossBasisPoints.map(Self.decimal(hundredths:))),
            ("max_drawdown_pct", maxDrawdownBasisPoints.map(Self.decimal(hundredths:))),
            ("max_orders_per_hour", maxOrdersPerHour.map { String($0) }),
            ("stop_loss_pct", stopLossBasisPoints.map(Self.decimal(hundredths:))),
            ("allow_short", allowShort ? "true" : "false"),
        ]
    }

    /// 250 is `2.5`.
    private static func decimal(hundredths: Int64) -> String {
        let fraction = hundredths.magnitude % 100
        let whole = (hundredths < 0 ? "-" : "") + String(hundredths.magnitude / 100)
        if fraction == 0 { return whole }
        return whole + "." + (fraction < 10 ? "0" : "") + (fraction % 10 == 0 ? String(fraction / 10) : String(fraction))
    }
}
