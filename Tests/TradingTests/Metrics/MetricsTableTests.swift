import Base
import Testing
import Trading

/// Reference figures of three fixed series, computed twice by other programs.
@Suite struct MetricsTableTests {
    static let mixed = [
        0.012, -0.008, 0.005, 0.021, -0.015, 0.003, -0.002, 0.017, -0.022, 0.009, 0.004, -0.006, 0.013, 0.001, -0.011,
        0.026, -0.018, 0.007, 0, 0.010, -0.004, 0.015, -0.009, 0.002, 0.006, -0.013, 0.019, -0.003, 0.008, -0.005,
    ]
    static let fat = [
        -0.10, 0.05, -0.03, 0.02, 0, 0, 0.08, -0.12, 0.04, 0.06, -0.02, 0.03, -0.25, 0.10, 0.07, -0.01, 0, 0.15, -0.05, 0.02,
    ]
    /// x ← (1103515245·x + 12345) mod 2³¹ from 42; r = (x/2³¹ − 0.48)·0.04 to six decimals.
    static let random: [Double] = {
        var x: UInt64 = 42
        return (0..<60).map { _ in
            x = (1_103_515_245 * x + 12_345) % (1 << 31)
            return ((Double(x) / Double(1 << 31) - 0.48) * 0.04 * 1e6).rounded(.toNearestOrEven) / 1e6
        }
    }()

    /// Columns: figure, then its value for the three series; `n/a` where undefined.
    static let table = """
        total return     0.061712955993604934  -0.03704235509114984   -0.0043576805746043945
        mean             0.0020666666666666667 0.002                  -1.24e-05
        deviation        0.011919075795383295  0.08703296411191144    0.011089324787563389
        sharpe           3.312640334301921     0.439028438695404      -0.02136303804808875
        sortino          5.478904968849231     0.5670854460164716     -0.03163563638804063
        growth           1.0721439591418975    -0.49785269863469406   -0.02621734904126949
        drawdown         -0.022                -0.26557671039999997   -0.0734605785125475
        peak             8                     7                      39
        trough           9                     13                     60
        recovery         16                    n/a                    n/a
        under water      7                     13                     21
        open             1                     13                     21
        calmar           48.73381632463166     -1.87460977991952      -0.35689004323307105
        profit factor    1.5344827586206897    1.0689655172413792     0.9973914415440981
        VaR              -0.01665              -0.1265                -0.01542975
        VaR normal       -0.0175384683852791   -0.141156486683815     -0.0182527160972665
        CVaR             -0.02                 -0.25                  -0.017124
        CVaR normal      -0.0225189636301222   -0.177524009748974     -0.0228864922659166
        ulcer            0.00955451587317853   0.107719042384592      0.0239124489971579
        """

    static let figures: [String: @Sendable (ReturnStatistics) -> Double?] = [
        "total return": { $0.totalReturn }, "mean": { $0.mean }, "deviation": { $0.deviation }, "sharpe": { $0.sharpe },
        "sortino": { $0.sortino }, "growth": { $0.growth }, "drawdown": { $0.drawdown.deepest },
        "peak": { Double($0.drawdown.peakIndex) }, "trough": { Double($0.drawdown.troughIndex) },
        "recovery": { $0.drawdown.recoveryIndex.map { Double($0) } },
        "under water": { Double($0.drawdown.longestUnderWater) }, "open": { Double($0.drawdown.openUnderWater) },
        "calmar": { $0.calmar }, "profit factor": { $0.periods.profitFactor }, "VaR": { $0.valueAtRisk() },
        "VaR normal": { $0.valueAtRiskNormal() }, "CVaR": { $0.conditionalValueAtRisk() },
        "CVaR normal": { $0.conditionalValueAtRiskNormal() }, "ulcer": { $0.ulcerIndex },
    ]

    /// The last digits of some figures depend on the order of a sum: equal to a relative `tolerance`.
    func expect(_ value: Double?, _ wanted: Double?, _ name: String, tolerance: Double = 1e-9) {
        guard let value, let wanted else {
            #expect(value == nil && wanted == nil, "\(name)")
            return
        }
        #expect((value - wanted).magnitude <= tolerance * wanted.magnitude, "\(name): \(value) in place of \(wanted)")
    }

    @Test func figuresOfTheThreeSeries() throws {
        let series = [Self.mixed, Self.fat, Self.random].map { ReturnStatistics(returns: $0) }
        for line in Self.table.split(separator: "\n") {
            let words = line.split(separator: " ")
            let name = words.dropLast(3).joined(separator: " ")
            let figure = try #require(Self.figures[name], "\(name)")
            for (index, word) in words.suffix(3).enumerated() {
                expect(figure(series[index]), Double(word), "\(name) of series \(index)")
            }
        }
    }

    /// These are printed with ten digits.
    @Test func evidenceOfTheThreeSeries() {
        let wanted: [[Double?]] = [
            [-0.0401407677, 2.3798062092, 0.8227131564, 92.5505684719, 0.6933636984, 0.5987826780],
            [-1.1221313486, 4.8482703472, 0.5393812901, 5_259.16279261, 0.4052132358, 0.3279626763],
            [0.1878590747, 1.8176841943, 0.4965738873, nil, 0.2698520649, 0.1634486991],
        ]
        for (index, returns) in [Self.mixed, Self.fat, Self.random].enumerated() {
            let statistics = ReturnStatistics(returns: returns)
            let evidence = statistics.evidence
            let found = [
                statistics.skewness, statistics.kurtosis, evidence?.probability(), evidence?.observationsNeeded(),
                evidence?.deflated(trials: 10, variance: 0.0025), evidence?.deflated(trials: 100, variance: 0.0025),
            ]
            for (place, value) in found.enumerated() {
                expect(value, wanted[index][place], "figure \(place) of series \(index)", tolerance: 2e-9)
            }
        }
    }

    @Test func tradesAndTheirRatios() {
        let trades = TradeStatistics(pnls: [120, -45.5, 80.25, -60, 0, 210.4, -130.7, -20.1, 95.3, -75, 40, 160.6])
        expect(trades.net, 375.25, "net")
        expect(trades.profitFactor, 2.132659221249623, "profit factor")
        expect(trades.winRate, 6.0 / 11, "win rate")
        expect(trades.winRateOfAll, 0.5, "win rate of all")
        expect(trades.payoff, 1.777216017708019, "payoff")
        expect(trades.expectancy, 31.270833333333332, "expectancy")
        expect(trades.kelly, 0.28969190882714335, "Kelly")
        expect(trades.systemQuality.map { ($0 * 1e4).rounded() / 1e4 }, 1.0431, "SQN")
        let none = TradeStatistics(pnls: [])
        #expect(none.profitFactor == nil && none.winRate == nil && none.expectancy == nil && none.kelly == nil)
        #expect(TradeStatistics(pnls: [3, .nan, 4]).profitFactor == nil)
    }

    @Test func publishedEvidence() {
        let paper = SharpeEvidence(sharpe: 2.5 / 250.0.squareRoot(), observations: 1_250, skewness: -3, kurtosis: 10)
        expect(paper.deflated(trials: 100, variance: 0.5 / 250), 0.900396834, "DSR", tolerance: 2e-9)
        expect(paper.deflated(trials: 46, variance: 0.5 / 250), 0.950501707, "DSR", tolerance: 2e-9)
        expect(SharpeEvidence.expectedMaximum(trials: 1, variance: 1), 0, "one trial")
        #expect(SharpeEvidence.expectedMaximum(trials: 0, variance: 1) == nil)
        #expect(SharpeEvidence.independentTrials(100, meanCorrelation: 1) == 1)
        #expect(SharpeEvidence.independentTrials(100, meanCorrelation: 0) == 100)
        // Moments no distribution has must not become a probability.
        #expect(SharpeEvidence(sharpe: 1, observations: 10, skewness: 9, kurtosis: 1).probability() == nil)
    }

    @Test func normalQuantilesInvertTheDistribution() throws {
        for p in [1e-300, 1e-12, 0.001, 0.05, 0.3, 0.5, 0.7, 0.975, 0.999_999] {
            let x = try #require(NormalDistribution.quantile(p))
            #expect((NormalDistribution.cumulative(x) - p).magnitude <= 1e-12 * p)
        }
        #expect(NormalDistribution.quantile(0) == -.infinity && NormalDistribution.quantile(1) == .infinity)
        #expect(NormalDistribution.quantile(-0.1) == nil && NormalDistribution.quantile(.nan) == nil)
    }
}

@Suite struct PerformanceMetricsTests {
    func metrics(_ daily: [Double], _ pnls: [Double] = []) -> PerformanceMetrics {
        PerformanceMetrics.compute(
            daily: daily, tradePnls: pnls, fees: 3, funding: -1, turnoverNotional: 5_000, meanEquity: 10_000, exposure: 0.4)
    }

    @Test func theReportNamesEveryFigure() throws {
        let json = metrics([10_000, 10_100, 10_050, 10_200], [100, -50, 150]).json
        let keys = try #require(json.object).map(\.0)
        #expect(keys == [
            "total_return", "cagr", "volatility", "sharpe", "sortino", "calmar", "max_drawdown", "max_drawdown_days",
            "profit_factor", "win_rate", "expectancy", "exposure", "turnover", "fees", "funding",
        ])
        #expect(json["turnover"]?.double == 0.5 && json["fees"]?.double == 3 && json["funding"]?.double == -1)
        #expect(json["profit_factor"]?.double == 5 && json["max_drawdown_days"]?.int == 1)
        #expect(json["cagr"]?.isNull == true)
    }

    @Test func shortSamplesSaySo() {
        let short = metrics([100] + (1...29).map { 100 + Double($0 % 3) })
        #expect(short.sampleTooShort && short.sharpe != nil && short.cagr == nil && short.cagrUnchecked != nil)
        let month = metrics([100] + (1...30).map { 100 + Double($0 % 3) })
        #expect(!month.sampleTooShort && month.cagr == nil)
        let quarter = metrics([100] + (1...90).map { 100 + Double($0 % 3) })
        #expect(quarter.cagr != nil && quarter.cagr == quarter.cagrUnchecked)
    }

    @Test(arguments: [
        [], [100], [100, 100, 100], [0, 0], [-5, 3], [100, 0, 50], [100, -20, 50], [.nan, 1], [100, .nan, 3],
        [100, .infinity], [1e-300, 1e300, 1e-300], [100, 99],
    ] as [[Double]])
    func oddEquityNeverTrapsNorGivesNonsense(daily: [Double]) {
        let found = metrics(daily)
        for value in [found.totalReturn, found.cagrUnchecked, found.sharpe, found.sortino, found.calmar, found.volatility] {
            #expect(value.map(\.isFinite) ?? true, "\(daily)")
        }
        #expect(found.maxDrawdown.map { $0 >= -1 && $0 <= 0 } ?? true)
    }

    @Test func ruinIsMinusOneAndFinal() {
        let found = metrics([100, 50, -10, 500])
        #expect(found.totalReturn == -1 && found.maxDrawdown == -1 && found.days == 2 && found.cagrUnchecked == -1)
    }

    @Test func flatEquityHasNoRatios() {
        let flat = metrics([Double](repeating: 100, count: 40))
        #expect(flat.totalReturn == 0 && flat.sharpe == nil && flat.sortino == nil && flat.calmar == nil)
        #expect(flat.maxDrawdown == 0 && flat.suspicions.isEmpty)
    }

    @Test func tooGoodIsSuspicious() {
        #expect(metrics((0...40).map { 100 * (1 + Double($0) * 0.01) }).suspicions.count == 2)
        #expect(metrics([100, 110, 121]).suspicions.isEmpty)
    }

    @Test func drawdownsKnowTheirPeakAndRecovery() {
        let drawdown = Drawdown(equity: [100, 120, 90, 110, 120, 130, 125])
        #expect(drawdown.deepest == -0.25 && drawdown.peakIndex == 1 && drawdown.troughIndex == 2)
        #expect(drawdown.recoveryIndex == 4 && drawdown.longestUnderWater == 2 && drawdown.longestRecovered == 3)
        #expect(drawdown.openUnderWater == 1 && drawdown.totalUnderWater == 3)
        #expect(Drawdown.series(equity: [100, 50, 200, 150]) == [0, -0.5, 0, -0.25])
        #expect(Drawdown(equity: []).deepest == 0)
    }

    @Test func monthsEndWithTheCalendar() throws {
        // 30 August: start 100; closes on 30, 31 August, 1 and 2 September, … 30 September, 1 October.
        let first = try #require(CalendarDate("2025-08-30"))
        var daily = [100.0, 105, 110]
        daily += [Double](repeating: 99, count: 29) + [121, 60.5]
        let months = MonthlyReturn.table(daily: daily, firstDay: first)
        #expect(months.map { "\($0.year)-\($0.month)" } == ["2025-8", "2025-9", "2025-10"])
        for (month, wanted) in zip(months, [0.1, 0.1, -0.5]) { #expect((month.value - wanted).magnitude < 1e-12) }
        #expect(MonthlyReturn.table(daily: [100], firstDay: first).isEmpty)
        #expect(MonthlyReturn.table(daily: [], firstDay: first).isEmpty)
        #expect(MonthlyReturn.table(daily: [100, 0, 50, 60], firstDay: first).map(\.value) == [-1])
    }
}
