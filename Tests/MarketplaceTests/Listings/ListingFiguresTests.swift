import Base
import Testing
@testable import Marketplace

@Suite struct ListingFiguresTests {
    func report(from: String = "2025-01-01", to: String = "2026-01-01", metrics: JSON = [:]) -> JSON {
        ["from": .string(from), "to": .string(to), "trades": 12, "bars": 1000, "metrics": metrics]
    }

    @Test func answersInOneSentence() throws {
        let figures = try #require(ListingFigures(report: report(metrics: ["total_return": -0.0321, "buy_and_hold": 0.04]), trials: 3))
        #expect(figures.answer(universe: ["SIM-ALPHA", "SIM-BETA"])
            == "Over 365 days of synthetic candles: −3.2 %, buy and hold +4.0 %. 3 trials in this lineage.")
        let bare = try #require(ListingFigures(report: report(to: "2025-01-02T06:00:00Z"), trials: 1))
        #expect(bare.answer(universe: ["BTC", "SIM-A"]) == "Over 1 day of partly synthetic candles: no result. 1 trial in this lineage.")
    }

    @Test func refusesReportsWithoutTheirSpan() {
        #expect(ListingFigures(report: [:], trials: 1) == nil)
        #expect(ListingFigures(report: report(from: "2026-01-01", to: "2025-01-01"), trials: 1) == nil)
        #expect(ListingFigures(report: report(from: "soon"), trials: 1) == nil)
    }

    @Test func unknownFiguresStayUnknown() throws {
        let figures = try #require(ListingFigures(report: report(metrics: ["sharpe": nil]), trials: 0))
        #expect(figures.sharpe == nil && figures.totalReturn == nil && figures.suspicions.isEmpty && figures.warnings.isEmpty)
    }

    @Test func warnsOfShortSpansAndOfFiguresTooGood() throws {
        let short = try #require(ListingFigures(report: report(to: "2025-01-30"), trials: 1))
        #expect(short.isTooShortToAnnualise && short.warnings.count == 1)
        let exactly = try #require(ListingFigures(report: report(to: "2025-01-31"), trials: 1))
        #expect(!exactly.isTooShortToAnnualise)
        let good = try #require(ListingFigures(
            report: report(metrics: ["sharpe": -10.5, "profit_factor": 11, "max_drawdown": 0]), trials: 1))
        #expect(good.suspicions.count == 3)
        let fine = try #require(ListingFigures(
            report: report(metrics: ["sharpe": 10, "profit_factor": 10, "max_drawdown": 0.01]), trials: 1))
        #expect(fine.suspicions.isEmpty)
    }

    @Test(arguments: [(0.0, "0.0 %"), (-0.0001, "0.0 %"), (0.12, "+12.0 %"), (-1.0, "−100.0 %"), (.nan, "–"), (.infinity, "–"), (1e300, "–")])
    func percentages(value: Double, text: String) { #expect(Percent.signed(value) == text) }

    @Test func theStandardSpanIsWholeDaysAtTheEnd() throws {
        func at(_ text: String) throws -> Instant { try #require(Instant(text)) }
        let recipe = StandardEvaluation.standard1
        let long = try recipe.span(of: at("2020-01-01T00:05:00Z")..<at("2025-08-20T13:00:00Z"))
        #expect(long == (try at("2024-08-20T00:00:00Z")..<at("2025-08-20T00:00:00Z")))
        let young = try recipe.span(of: at("2025-08-01T00:05:00Z")..<at("2025-08-20T00:00:00Z"))
        #expect(young == (try at("2025-08-02T00:00:00Z")..<at("2025-08-20T00:00:00Z")))
        #expect(try recipe.span(of: at("2025-08-14T00:05:00Z")..<at("2025-08-20T23:00:00Z")) == nil)
        #expect(StandardEvaluation.named("standard/1") == recipe && StandardEvaluation.named("standard/9") == nil)
    }

    @Test func ordersRankByOneFigure() throws {
        let figures = try #require(ListingFigures(report: report(metrics: ["max_drawdown": 0.2, "sharpe": 1.5]), trials: 1))
        #expect(ListingOrder.drawdown.rank(figures) == -0.2 && ListingOrder.sharpe.rank(figures) == 1.5)
        #expect(ListingOrder.totalReturn.rank(figures) == nil && ListingOrder.sharpe.rank(nil) == nil)
        #expect(ListingOrder(rawValue: "return") == .totalReturn && ListingOrder(rawValue: "best") == nil)
    }

    @Test func attributionNamesItsSource() {
        let source = Attribution(handle: "ana", slug: "drift", version: 3)
        #expect(source.path == "/@ana/drift/v/3" && source.sentence == "Forked from @ana/drift, version 3")
    }
}
