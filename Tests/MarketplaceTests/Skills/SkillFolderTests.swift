import Base
import Testing
import Trading
@testable import Marketplace

/// A valid skill with one line replaced, removed or added.
func skillText(
    replacing field: String? = nil, with line: String = "", adding extra: [String] = [], riskAdding: [String] = [],
    instructions: String = "Buy strength."
) -> String {
    var lines = ["name: Drift", "slug: drift", "summary: Goes along.", "model: reference/threshold",
                 "tools: [bars, portfolio, propose_order]", "universe: [BTC, ETH]", "timeframe: 5m", "cadence: 1h",
                 "parameters: {fast: 20, slow: 0.5}", "licence: open", "risk:", "  max_order_usd: 500",
                 "  max_position_usd: 1000"]
    if let field {
        guard let index = lines.firstIndex(where: { $0.trimmed.hasPrefix(field + ":") }) else { return "no such field" }
        let indentation = lines[index].hasPrefix("  ") ? "  " : ""
        if line.isEmpty { lines.remove(at: index) } else { lines[index] = indentation + line }
    }
    lines += riskAdding.map { "  " + $0 } + extra
    return "---\n" + lines.joined(separator: "\n") + "\n---\n\n" + instructions + "\n"
}

extension String {
    fileprivate var trimmed: String { TextRules.trimmed(self) }
}

func problems(_ skill: String, entry: String? = nil, exit: String? = nil) -> [SkillProblem] {
    do {
        _ = try SkillFolder(skill: skill, entry: entry, exit: exit).manifest()
        return []
    } catch {
        return error.problems
    }
}

@Suite struct SkillFolderTests {
    static let helper = "export function entry(ctx) { return null; }"

    @Test func readsEveryField() throws {
        let text = """
            ---
            name: "Nightly: Drift"   # a comment
            slug: nightly-drift
            summary: >-
              Two lines
              folded.
            model: none
            tools: []
            mcp: []
            universe:
              - ETH
              - BTC
            timeframe: 15m
            cadence: every_bar
            parameters:
              slow: 80
              fast: 1e-7
            risk:
              max_order_usd: 500.12345678
              max_position_usd: "1000"
              max_leverage: 1.5
              max_open_positions: 2
              max_daily_loss_pct: 2.25
              max_drawdown_pct: 20
              max_orders_per_hour: 60
              stop_loss_pct: 0.01
              allow_short: true
            licence: closed
            ---

            # Title

            Text with --- inside.
            ---
            More.

            """
        let m = try SkillFolder(skill: text, entry: Self.helper + "\r\n", exit: "  \n").manifest()
        #expect(m.name == "Nightly: Drift" && m.slug == "nightly-drift" && m.summary == "Two lines folded.")
        #expect(m.model == nil && m.tools.isEmpty && m.universe == ["ETH", "BTC"] && m.timeframe == .fifteenMinutes)
        #expect(m.parameters == [.init(name: "fast", value: 1e-7), .init(name: "slow", value: 80)])
        #expect(m.risk == RiskCaps(
            maxOrder: Money(raw: 50_012_345_678), maxPosition: .whole(1000), maxLeverageHundredths: 150, maxOpenPositions: 2,
            maxDailyLossBasisPoints: 225, maxDrawdownBasisPoints: 2000, maxOrdersPerHour: 60, stopLossBasisPoints: 1,
            allowShort: true))
        #expect(m.licence == .closed && m.instructions == "# Title\n\nText with --- inside.\n---\nMore.")
        #expect(m.entrySource == Self.helper + "\n" && m.exitSource == nil)
    }

    @Test func absentOptionsHaveStatedDefaults() throws {
        let text = "---\nname: A\nslug: aa\nuniverse: BTC\ntimeframe: 1h\nrisk:\n  max_order_usd: 1\n  max_position_usd: 1\n---\n"
        let m = try SkillFolder(skill: text, entry: Self.helper).manifest()
        #expect(m.summary == "" && m.model == nil && m.tools == [] && m.mcp == [] && m.universe == ["BTC"])
        #expect(m.cadence == .everyBar && m.parameters == [] && m.licence == .closed)
        #expect(m.risk == RiskCaps(maxOrder: .whole(1), maxPosition: .whole(1)))
    }

    /// field to replace | its line | line number of the problem | field | words of the message
    @Test(arguments: [
        ("max_order_usd", "max_order_usd: lots", 13, "risk.max_order_usd", "`max_order_usd` must be a positive amount such as 500; you wrote `lots`."),
        ("max_order_usd", "max_order_usd: 1e3", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: .nan", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: .inf", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: 1e400", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: 0500", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: 0x1F", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: 1_000", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: -5", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: 0", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: 0.000000001", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: 99999999999999999999", 13, "risk.max_order_usd", "positive amount"),
        ("max_order_usd", "max_order_usd: [5]", 13, "risk.max_order_usd", "you wrote a list"),
        ("max_order_usd", "max_order_usd:", 13, "risk.max_order_usd", "you wrote nothing"),
        ("max_position_usd", "max_position_usd: 2000000000", 14, "risk.max_position_usd", "at most 1000000000"),
        ("max_position_usd", "max_positon_usd: 5", 14, "risk.max_positon_usd", "Did you mean `max_position_usd`?"),
        ("slug", "slug: -drift-", 3, "slug", "`drift` would do"),
        ("slug", "slug: d", 3, "slug", "2 to 50"),
        ("slug", "slug: Drift", 3, "slug", "a–z"),
        ("name", "name: [a]", 2, "name", "one line of text"),
        ("name", "name:", 2, "name", "Give the skill a name"),
        ("name", "nmae: Drift", 2, "nmae", "Did you mean `name`?"),
        ("universe", "universe: []", 7, "universe", "at least one"),
        ("universe", "universe: [BTC, BTC]", 7, "universe", "named twice"),
        ("universe", "universe: [btc]", 7, "universe", "capital letters"),
        ("universe", "universe: {BTC: 1}", 7, "universe", "a list such as"),
        ("universe", "universe: [[BTC]]", 7, "universe", "plain words"),
        ("timeframe", "timeframe: 2m", 8, "timeframe", "one of 1m, 5m"),
        ("cadence", "cadence: 7m", 9, "cadence", "multiple of the timeframe"),
        ("cadence", "cadence: hourly", 9, "cadence", "every_bar"),
        ("cadence", "cadence: 31d", 9, "cadence", "30 days"),
        ("cadence", "cadence: on_signal", 9, "cadence", "add entry.ts or exit.ts"),
        ("cadence", "cadence: 9999999999999999h", 9, "cadence", "every_bar"),
        ("model", "model: gpt", 5, "model", "provider/model"),
        ("model", "model: none", 5, "model", "add entry.ts or exit.ts"),
        ("tools", "tools: [bars, propose_orders]", 6, "tools", "Did you mean `propose_order`?"),
        ("tools", "tools: [bars]", 6, "tools", "Add `propose_order`"),
        ("tools", "tools: [bars, bars, propose_order]", 6, "tools", "once"),
        ("licence", "licence: mit", 11, "licence", "`open`"),
        ("licence", "license: open", 11, "license", "Did you mean `licence`?"),
        ("parameters", "parameters: {fast: yes}", 10, "parameters.fast", "must be a number"),
        ("parameters", "parameters: {fast: .nan}", 10, "parameters.fast", "must be a number"),
        ("parameters", "parameters: {fast: 1e400}", 10, "parameters.fast", "must be a number"),
        ("parameters", "parameters: {fast: 017}", 10, "parameters.fast", "must be a number"),
        ("parameters", "parameters: {__proto__: 1}", 10, "parameters.__proto__", "a letter"),
        ("parameters", "parameters: [1]", 10, "parameters", "`name: number`"),
        ("summary", "summary: !!binary aGk=", 4, "", "YAML tag"),
    ])
    func namesLineFieldAndRemedy(field: String, line: String, at: Int, problemField: String, words: String) {
        let found = problems(skillText(replacing: field, with: line))
        let match = found.first { $0.field == problemField && $0.message.contains(words) }
        #expect(match != nil, "\(line) gave \(found)")
        #expect(match?.line == at, "\(line) gave \(found)")
    }

    @Test(arguments: [
        ("stop_loss_pct: 100", "below 100"), ("stop_loss_pct: 0", "a percentage such as 3"),
        ("stop_loss_pct: 1.005", "at most two decimals"), ("max_leverage: 101", "at most 100"),
        ("max_leverage: -1", "a multiple of equity"), ("max_open_positions: 0", "whole number"),
        ("max_open_positions: 1.5", "whole number"), ("max_open_positions: 1001", "1 to 1000"),
        ("max_daily_loss_pct: 100.5", "at most 100"), ("max_drawdown_pct: five", "you wrote `five`"),
        ("max_orders_per_hour: 99999999999999999999", "whole number"), ("allow_short: yes", "`true` or `false`"),
        ("allow_short: no", "`true` or `false`"), ("max_dayly_loss_pct: 5", "Did you mean `max_daily_loss_pct`?"),
    ])
    func checksTheCaps(line: String, words: String) {
        let found = problems(skillText(riskAdding: [line]))
        #expect(found.count == 1 && found.first?.line == 15, "\(found)")
        #expect(found.first?.message.contains(words) == true, "\(found)")
    }

    @Test func reportsEverythingAtOnceInOrderOfLines() {
        let text = "---\nname: A\nslug: B\nuniverse: [x]\ntimeframe: 9m\nrisk:\n  max_order_usd: lots\nmodle: none\n---\n"
        let found = problems(text, entry: "const x = 1", exit: "\u{202e}")
        let fields = Set(found.map(\.field))
        #expect(fields.isSuperset(of: ["timeframe", "risk.max_order_usd", "risk.max_position_usd", "modle", "entry", "exit"]))
        #expect(found.map { [SkillFolder.skillFile, "entry.ts", "exit.ts"].firstIndex(of: $0.file) ?? 9 }.isSorted)
        #expect(found.first { $0.field == "risk.max_order_usd" }?.description
            == "Line 7: `max_order_usd` must be a positive amount such as 500; you wrote `lots`.")
    }

    @Test func unknownRiskKeyAtTheTopIsSentWhereItBelongs() {
        #expect(problems(skillText(adding: ["stop_loss_pct: 3"])).first?.message.contains("belongs under `risk:`") == true)
    }

    @Test func theModelNeedsInstructions() {
        let found = problems(skillText(instructions: " \n\t"))
        #expect(found.map(\.field) == ["instructions"])
    }

    @Test func refusesTextThatIsNotText() {
        #expect(throws: SkillProblems.self) { try SkillFolder(skill: Array("---\nname: ".utf8) + [0xff, 0xfe]).manifest() }
        #expect(problems("name: x").first?.message.hasPrefix("Start SKILL.md with a line `---`") == true)
        #expect(problems("---\nname: x\n").first?.message.hasPrefix("Close the front matter") == true)
        #expect(problems("").count == 1)
        #expect(problems("---\n---\n").count > 3)
        #expect(problems(skillText(instructions: "a\u{0}b")).first?.message.contains("U+0000") == true)
        #expect(problems(skillText(instructions: "a\u{202e}b")).first?.line == 17)
        #expect(problems(skillText(replacing: "name", with: "name:\tDrift")).isEmpty)
        #expect(problems(skillText(adding: ["\tname2: x"])).first?.message.contains("tab") == true)
    }

    @Test func acceptsAByteOrderMarkAndWindowsLineEnds() throws {
        let text = skillText()
        let plain = try SkillFolder(skill: text).manifest()
        let windows = "\u{feff}" + text.replacing("\n", with: "\r\n")
        #expect(try SkillFolder(skill: windows).manifest() == plain)
    }

    @Test func refusesDuplicateKeysWithTheSecondLine() {
        let found = problems(skillText(adding: ["name: Again"]))
        #expect(found.map(\.line) == [15] && found.first?.message.contains("written twice") == true, "\(found)")
        #expect(problems(skillText(riskAdding: ["max_order_usd: 7"])).first?.message.contains("written twice") == true)
    }

    @Test func refusesAliasesAndBombs() {
        #expect(problems(skillText(replacing: "summary", with: "summary: &s hello", adding: ["mcp: [*s]"]))
            .first?.message.contains("aliases") == true)
        #expect(problems(skillText(replacing: "summary", with: "summary: \"we *never* short, *ever*\"")).isEmpty)
        var bomb = ["a0: &a0 [x, x]"]
        for level in 1..<30 { bomb.append("a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]") }
        #expect(problems(skillText(adding: bomb)).count == 1)
        #expect(problems(skillText(adding: ["k: &k [a, b]", "? *k", ": 1"])).isEmpty == false)
        for text in ["[", "{", "- ", "? ", "{a: ", "[[{"] {
            #expect(problems("---\n" + String(repeating: text, count: 3_000) + "\n---\n").isEmpty == false)
        }
        #expect(problems("---\n" + String(repeating: "x", count: 20_000) + "\n---\n").first?.message.contains("Shorten") == true)
        #expect(problems(String(repeating: "x", count: 200_000)).first?.message.contains("Shorten") == true)
        let deep = (0..<170).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
        #expect(problems("---\n" + deep + "\n---\n").isEmpty == false)
    }

    @Test func randomBytesNeverTrap() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let pieces = ["---", "\n", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "!!str ", "|", ">", "\"", "'", "#", "%", "@",
                      "name", "risk", "  ", "\t", "\\u", "? ", "1", "~", ",", "\u{85}", "\u{2028}", "é", "<<: *a", "...\n"]
        for _ in 0..<3_000 {
            var text = "---\n"
            for _ in 0..<Int(random.next() % 40) { text += pieces[Int(random.next() % UInt64(pieces.count))] }
            _ = problems(text + "\n---\nx", entry: "export entry")
            var bytes = Array(skillText().utf8)
            for _ in 0..<3 { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
            _ = try? SkillFolder(skill: bytes).manifest()  // either outcome is fine; a trap is not
        }
        print("seed \(seed)")
    }
}

extension [Int] {
    var isSorted: Bool { zip(self, dropFirst()).allSatisfy { $0 <= $1 } }
}
