import Base
import HTTP
import Storage
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct StudioTests {
    private static func fields(_ manifest: String, entry: String = "", exit: String = "", revision: String) -> [Fields.Pair] {
        [.init("manifest", manifest), .init("entry", entry), .init("exit", exit), .init("revision", revision)]
    }

    private static func source(_ name: String, slug: String = "two-averages", universe: String = "[BTC, ETH]") -> String {
        """
        ---
        name: \(name)
        slug: \(slug)
        summary: Buys.
        model: none
        tools: []
        universe: \(universe)
        timeframe: 1h
        cadence: every_bar
        risk:
          max_order_usd: 2000
          max_position_usd: 2000
          max_leverage: 1
          max_open_positions: 2
          max_daily_loss_pct: 5
          max_drawdown_pct: 25
          max_orders_per_hour: 20
          allow_short: false
        licence: open
        ---

        Buys.

        """
    }
    private static let entry = "export function entry(ctx) {\n  return null;\n}\n"

    @Test func templatesBecomeSkillsUnderFreeSlugs() throws {
        let stand = try StudioStand()
        #expect(try stand.create(as: stand.alpha) == "/studio/skills/two-averages")
        #expect(try stand.create(as: stand.alpha) == "/studio/skills/two-averages-2")
        #expect(try stand.create(as: stand.beta) == "/studio/skills/two-averages")
        let studio = try stand.site.get("/studio", as: stand.alpha)
        #expect(studio.status == 200 && studio.text.contains("/studio/skills/two-averages-2"))
        #expect(try stand.site.post("/studio/skills", [.init("template", "nothing")], as: stand.alpha).status == 422)
        #expect(try stand.site.get("/studio/skills/new", as: stand.alpha).text.contains("Breakout"))
    }

    @Test func savingChecksEveryLineAndKeepsTheText() throws {
        let stand = try StudioStand()
        let editor = try stand.create(as: stand.alpha)
        let bad = Self.source("Mine").replacing("timeframe: 1h", with: "timeframe: 7h")
        let refused = try stand.site.post(editor, Self.fields(bad, entry: "export const </textarea>", revision: "1"), as: stand.alpha)
        #expect(refused.status == 422)
        #expect(refused.text.contains("href=\"#manifest\"") && refused.text.contains("Line 8:"))
        #expect(refused.text.contains("timeframe: 7h") && refused.text.contains("export const &lt;/textarea&gt;"))
        #expect(refused.text.contains("href=\"#entry\""))
        let good = Self.fields(Self.source("Mine").replacing("\n", with: "\r\n"), entry: Self.entry, revision: "1")
        #expect(try stand.site.post(editor, good, as: stand.alpha).headers["location"] == editor)
        let saved = try stand.site.get(editor, as: stand.alpha)
        #expect(try StudioStand.revision(saved.text) == "2" && saved.text.contains("<h1>Mine</h1>"))
        let again = try stand.site.post(editor, Self.fields(Self.source("Mine"), entry: Self.entry, revision: "2"), as: stand.alpha)
        #expect(again.status == 200 && again.text.contains("Nothing to save"))
    }

    @Test func aSecondTabLosesNothing() throws {
        let stand = try StudioStand()
        let editor = try stand.create(as: stand.alpha)
        _ = try stand.site.post(editor, Self.fields(Self.source("First"), entry: Self.entry, revision: "1"), as: stand.alpha)
        let second = try stand.site.post(editor, Self.fields(Self.source("Second"), entry: Self.entry, revision: "1"), as: stand.alpha)
        #expect(second.status == 409 && second.text.contains("saved in another tab") && second.text.contains("name: Second"))
        #expect(try stand.site.get(editor, as: stand.alpha).text.contains("<h1>First</h1>"))
        let kept = Self.fields(Self.source("Second"), entry: Self.entry, revision: try StudioStand.revision(second.text))
        #expect(try stand.site.post(editor, kept, as: stand.alpha).status == 303)
        #expect(try stand.site.get(editor, as: stand.alpha).text.contains("<h1>Second</h1>"))
    }

    @Test func theOtherTenantFindsNothing() throws {
        let stand = try StudioStand()
        let editor = try stand.create("breakout", as: stand.alpha)
        let missing = try stand.site.get("/studio/skills/never-was", as: stand.beta)
        let foreign = try stand.site.get(editor, as: stand.beta)
        #expect(missing.status == 404 && foreign.status == 404)
        #expect(RunTests.comparable(missing) == RunTests.comparable(foreign))
        for path in ["", "/runs", "/publication"] {
            #expect(try stand.site.post(editor + path, Self.fields("x", revision: "1"), as: stand.beta).status == 404, "\(path)")
        }
        #expect(try !stand.site.get("/studio", as: stand.beta).text.contains("range-break"))
        #expect(try stand.site.get("/studio").headers["location"] == "/login?next=%2Fstudio")
    }

    @Test func writesNeedTheirToken() throws {
        let stand = try StudioStand()
        let editor = try stand.create(as: stand.alpha)
        let forged = TestSite.Reader(cookie: stand.alpha.cookie, formToken: "wrong", tenant: stand.alpha.tenant)
        for path in [editor, editor + "/runs", editor + "/publication", "/studio/skills"] {
            #expect(try stand.site.post(path, Self.fields(Self.source("X"), revision: "1"), as: forged).status == 403, "\(path)")
        }
        #expect(try StudioStand.revision(stand.site.get(editor, as: stand.alpha).text) == "1")
    }

    @Test func hostileTextStaysText() throws {
        let stand = try StudioStand()
        let editor = try stand.create(as: stand.alpha)
        let name = "\"<script>alert(1)</script>\""
        let response = try stand.site.post(editor, Self.fields(Self.source(name), entry: Self.entry, revision: "1"), as: stand.alpha)
        let page = response.status == 303 ? try stand.site.get(editor, as: stand.alpha) : response
        #expect(!page.text.contains("<script>alert") && page.text.contains("&lt;script&gt;alert"))
        #expect(try !stand.site.get("/studio", as: stand.alpha).text.contains("<script>alert"))
    }

    @Test func backtestsAreCheckedBeforeTheyWait() throws {
        let stand = try StudioStand()
        let editor = try stand.create(as: stand.alpha)
        let page = try stand.site.get(editor, as: stand.alpha).text
        #expect(page.contains("value=\"2025-03-11\"") && page.contains("value=\"2025-04-10\""))
        for (from, to, seed, words) in [
            ("2025-03-01", "2025-02-01", "1", "must come after"), ("yesterday", "2025-02-01", "1", "Enter the first day"),
            ("2030-01-01", "2030-02-01", "1", "There are candles"), ("2025-02-01", "2025-02-06", "-1", "whole number"),
        ] {
            let fields: [Fields.Pair] = [.init("from", from), .init("to", to), .init("seed", seed)]
            let response = try stand.site.post(editor + "/runs", fields, as: stand.alpha)
            #expect(response.status == 422 && response.text.contains(words) && response.text.contains("value=\"\(from)\""), "\(from)")
        }
        #expect(try stand.run(editor, as: stand.alpha).hasPrefix("/runs/"))
    }

    @Test func universesWithoutCandlesSaySo() throws {
        let stand = try StudioStand()
        let editor = try stand.create(as: stand.alpha)
        let fields = Self.fields(Self.source("Far", universe: "[SOL]"), entry: Self.entry, revision: "1")
        #expect(try stand.site.post(editor, fields, as: stand.alpha).status == 303)
        #expect(try stand.site.get(editor, as: stand.alpha).text.contains("There are candles of BTC, ETH"))
        let publication: [Fields.Pair] = [.init("revision", "2"), .init("licence", "open"), .init("confirmed", "yes")]
        let refused = try stand.site.post(editor + "/publication", publication, as: stand.alpha)
        #expect(refused.status == 422 && refused.text.contains("It was not published"))
    }

    @Test func publishingLeadsToTheListing() throws {
        let stand = try StudioStand()
        let editor = try stand.create(as: stand.alpha)
        let unsure = try stand.site.post(editor + "/publication", [.init("revision", "1"), .init("licence", "open")], as: stand.alpha)
        #expect(unsure.status == 422 && unsure.text.contains("id=\"confirmed-error\""))
        let fields: [Fields.Pair] = [.init("revision", "1"), .init("licence", "open"), .init("confirmed", "yes")]
        #expect(try stand.site.post(editor + "/publication", fields, as: stand.alpha).headers["location"] == "/@alpha/two-averages")
        #expect(try stand.site.get(editor, as: stand.alpha).text.contains("v1 published"))
        #expect(try stand.site.get("/@alpha/two-averages").status == 200)
        // A handle in capitals leads to the one address of every page below it, and to nothing that is not there.
        for below in ["", "/lineage", "/v/1", "/diff/1...1"] {
            let answer = try stand.site.get("/@Alpha/two-averages\(below)?a=b")
            #expect(answer.status == 308 && answer.headers["location"] == "/@alpha/two-averages\(below)?a=b", "\(below)")
        }
        #expect(try stand.site.get("/@Alpha/nothing").status == 404 && stand.site.get("/@ALPHA/Two-Averages").status == 404)
    }
}
