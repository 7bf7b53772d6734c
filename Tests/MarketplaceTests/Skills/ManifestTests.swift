import Base
import Testing
import Trading
@testable import Marketplace

/// A manifest the rules accept, anywhere in their range.
func randomManifest(_ random: inout SeededRandom) -> Manifest {
    func pick<T>(_ items: [T]) -> T { items[Int(random.next() % UInt64(items.count))] }
    func number(_ range: ClosedRange<Int64>) -> Int64 { range.lowerBound + Int64(random.next() % UInt64(range.upperBound - range.lowerBound + 1)) }
    func text(_ count: Int, lines: Bool) -> String {
        let alphabet = ["a", "B", "7", " ", "\"", "'", "\\", ":", ": ", "#", " #", "- ", "*x", "&y", "é", "😀", "%", "@", "`", "|",
                        ">", "{", "[", ",", "!", "?", "~", "no", "null", "---", "\u{301}", "\u{a0}", "\u{200f}"] + (lines ? ["\n", "\n---\n", "\t"] : [])
        return (0..<Int(number(1...Int64(count)))).map { _ in pick(alphabet) }.joined()
    }
    func optional<T>(_ value: T) -> T? { random.next() % 2 == 0 ? value : nil }
    let timeframe = pick(Timeframe.allCases)
    let hasHelper = random.next() % 2 == 0
    let position = number(1...10_000_000_000_000)
    let names = ["ON", "BTC", "ETH", "SIM-ALPHA", "Y", "NO", "A1"]
    let entry = hasHelper ? "export function entry(ctx) { return null }" + text(30, lines: true) : nil
    var parameters: [String: Double] = [:]
    for _ in 0..<number(0...5) {
        parameters[pick(["no", "null", "fast", "Slow", "a_1", "y"])] =
            pick([0, 1, -2.5, 1e-7, 1.5e300, 0.1, Double.leastNonzeroMagnitude, 123456789.123, 1e21, Double(number(-1000...1000)) / 8])
    }
    return Manifest(
        name: TextRules.trimmed("n" + text(10, lines: false)), slug: pick(["ab", "no-1", "12", "1e5", "trend-2"]),
        summary: TextRules.trimmed(text(20, lines: false)), model: hasHelper ? optional("openai/gpt-4o:mini") : "reference/coin-flip",
        tools: [.proposeOrder, .bars, .news].shuffled(using: &random), mcp: pick([[], ["web"], ["on", "web-2"]]),
        universe: Array(names.shuffled(using: &random).prefix(Int(number(1...5)))), timeframe: timeframe,
        cadence: hasHelper && random.next() % 3 == 0 ? .onSignal
            : random.next() % 2 == 0 ? .everyBar : .every(milliseconds: timeframe.milliseconds * number(1...20)),
        parameters: parameters.map { .init(name: $0.key, value: $0.value) }.sorted { $0.name < $1.name },
        risk: RiskCaps(
            maxOrder: Money(raw: number(1...position)), maxPosition: Money(raw: position), maxLeverageHundredths: number(1...10_000),
            maxOpenPositions: optional(Int(number(1...1000))), maxDailyLossBasisPoints: optional(number(1...10_000)),
            maxDrawdownBasisPoints: optional(number(1...10_000)), maxOrdersPerHour: optional(Int(number(1...10_000))),
            stopLossBasisPoints: optional(number(1...9_999)), allowShort: random.next() % 2 == 0),
        licence: pick([.open, .closed]), instructions: TextRules.body("i" + text(60, lines: true)), entrySource: entry, exitSource: nil)
}

@Suite struct ManifestTests {
    @Test func filesAndCanonicalFormBringTheManifestBack() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let manifest = randomManifest(&random)
            #expect(ManifestRules.problems(of: manifest).isEmpty, "\(ManifestRules.problems(of: manifest))")
            do {
                #expect(try SkillFolder(of: manifest).manifest() == manifest, "seed \(seed): \(manifest.skillText)")
                let stored = try JSON(parsing: manifest.canonicalBytesForStorage)
                let back = try Manifest(canonical: stored)
                #expect(back == manifest)
                #expect(back.hash == manifest.hash)
            } catch {
                Issue.record("seed \(seed): \(error)\n\(manifest.skillText)")
            }
        }
    }

    @Test func theHashNamesTheContentAndStays() throws {
        let manifest = try SkillFolder(skill: skillText()).manifest()
        // Golden: a change here breaks every version's address. Raise the format's number instead.
        #expect(manifest.canonical.canonical == #"{"cadence":"1h","entry":null,"exit":null,"format":"tradecraft.skill/1","instructions":"Buy strength.","licence":"open","mcp":[],"model":"reference/threshold","name":"Drift","parameters":{"fast":20,"slow":0.5},"risk":{"allow_short":false,"max_daily_loss_pct":null,"max_drawdown_pct":null,"max_leverage":"1","max_open_positions":null,"max_order_usd":"500","max_orders_per_hour":null,"max_position_usd":"1000","stop_loss_pct":null},"slug":"drift","summary":"Goes along.","timeframe":"5m","tools":["bars","portfolio","propose_order"],"universe":["BTC","ETH"]}"#)
        var seen: Set<Digest> = [manifest.hash]
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 { seen.insert(randomManifest(&random).hash) }
        #expect(seen.count == 201)
        var changed = manifest
        changed.entrySource = "export function entry(ctx) { return null }"
        #expect(changed.hash != manifest.hash)
    }

    @Test func canonicalFormFromOutsideIsChecked() throws {
        let manifest = try SkillFolder(skill: skillText()).manifest()
        func refused(_ key: String, _ value: JSON?) -> Bool {
            var pairs = (manifest.canonical.object ?? []).filter { $0.0 != key }
            if let value { pairs.append((key, value)) }
            do { _ = try Manifest(canonical: .object(pairs)) } catch { return true }
            return false
        }
        #expect(!refused("name", "Other"))
        for (key, value) in [("format", "x"), ("name", 1), ("model", 1), ("tools", ["fly"]), ("universe", [1]), ("universe", []),
                             ("parameters", ["a": "1"]), ("risk", [:]), ("extra", 1), ("entry", ""), ("instructions", "\r\nx"),
                             ("slug", "X")] as [(String, JSON)] {
            #expect(refused(key, value), "\(key)")
        }
        for key in (manifest.canonical.object ?? []).map(\.0) { #expect(refused(key, nil), "\(key)") }
    }

    @Test func templatesAreValidAndDistinct() throws {
        #expect(Set(SkillTemplates.all.map(\.id)).count == 5)
        for template in SkillTemplates.all {
            let manifest = try template.folder.manifest()
            #expect(SkillTemplates.template(template.id) == template)
            #expect(try SkillFolder(of: manifest).manifest() == manifest)
        }
        #expect(SkillTemplates.template("nope") == nil)
    }

    @Test func slugs() {
        #expect(Slug.suggestion(for: "  Nightly Drift! 2 ") == "nightly-drift-2")
        #expect(Slug.suggestion(for: "é") == nil)
        #expect(Slug.isValid("a-b") && !Slug.isValid("a") && !Slug.isValid("-a") && !Slug.isValid("a_b"))
        #expect(Slug.isValid(String(repeating: "a", count: 50)) && !Slug.isValid(String(repeating: "a", count: 51)))
    }
}

extension Manifest {
    fileprivate var canonicalBytesForStorage: [UInt8] { canonical.canonicalBytes }
}

@Suite struct ManifestDifferenceTests {
    @Test func marksWhatMayDoMore() throws {
        let old = try SkillFolder(skill: skillText(riskAdding: ["stop_loss_pct: 3", "max_open_positions: 2"])).manifest()
        var new = old
        #expect(ManifestDifference(from: old, to: new).isEmpty)
        new.model = "reference/constant"
        new.risk.maxOrder = .whole(400)
        new.risk.maxPosition = .whole(2000)
        new.risk.stopLossBasisPoints = nil
        new.risk.maxOpenPositions = 1
        new.risk.maxOrdersPerHour = 5
        new.risk.allowShort = true
        new.tools = [.proposeOrder, .news]
        new.universe = ["BTC"]
        new.parameters = [.init(name: "fast", value: 21)]
        new.instructions += "\nSell weakness."
        let difference = ManifestDifference(from: old, to: new)
        let rows = difference.fields.map { "\($0.field) \($0.before ?? "–") → \($0.after ?? "–") \($0.widened ? "wider" : "")" }
        #expect(rows == [
            "model reference/threshold → reference/constant ", "tools bars, portfolio, propose_order → propose_order, news wider",
            "universe BTC, ETH → BTC ", "parameters.fast 20 → 21 ", "parameters.slow 0.5 → – ",
            "risk.max_order_usd 500 → 400 ", "risk.max_position_usd 1000 → 2000 wider", "risk.max_open_positions 2 → 1 ",
            "risk.max_orders_per_hour – → 5 ", "risk.stop_loss_pct 3 → – wider", "risk.allow_short false → true wider",
        ])
        #expect(difference.isWidened && difference.instructions.added == 1 && difference.instructions.removed == 0)
    }

    @Test func linesAreTheShortestDifference() {
        let difference = LineDifference(from: "a\nb\nc\nd\n", to: "a\nc\nx\nd")
        #expect(difference.lines.map { "\($0.change.rawValue) \($0.text) \($0.oldLine ?? 0) \($0.newLine ?? 0)" }
            == ["same a 1 1", "removed b 2 0", "same c 3 2", "added x 0 3", "same d 4 4"])
        #expect(LineDifference(from: nil, to: "a\nb").added == 2)
        #expect(LineDifference(from: "a", to: nil).removed == 1)
        #expect(LineDifference(from: nil, to: nil).isEmpty)
    }

    @Test func differencesRebuildBothTextsAndStayWithinBounds() {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let a = (0..<random.next() % 30).map { _ in String(random.next() % 5) }
            let b = (0..<random.next() % 30).map { _ in String(random.next() % 5) }
            let lines = LineDifference(from: a.joined(separator: "\n"), to: b.joined(separator: "\n")).lines
            #expect(lines.filter { $0.change != .added }.map(\.text) == a, "seed \(seed)")
            #expect(lines.filter { $0.change != .removed }.map(\.text) == b, "seed \(seed)")
        }
        let big = LineDifference(from: String(repeating: "a\n", count: 60_000), to: String(repeating: "b\n", count: 60_000))
        #expect(big.added == 60_000 && big.removed == 60_000)
    }
}
