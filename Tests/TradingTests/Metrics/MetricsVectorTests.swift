import Base
import Foundation
import Testing
import Trading

/// Compares every figure with reference values computed by other means. The file with them is not part of the
/// package: `TRADECRAFT_SHARED` or `../shared` beside the package names the folder it is in. `MetricsTableTests` holds
/// the most important of them in any case.
@Suite struct MetricsVectorTests {
    static let vectors: JSON? = {
        var places: [String] = []
        if let named = ProcessInfo.processInfo.environment["TRADECRAFT_SHARED"] { places.append(named) }
        // Tests/TradingTests/Metrics/this file: four steps up is the package.
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        places.append(package.appendingPathComponent("../shared").path)
        for place in places {
            if let text = try? String(contentsOfFile: place + "/protocols/vectors/metrics.json", encoding: .utf8) {
                return try? JSON(parsing: text)
            }
        }
        print("skipped: no reference values at \(places.joined(separator: ", "))")
        return nil
    }()

    /// Equal to a relative 10⁻⁹, or both as good as nothing. A reference of null wants nil.
    func expect(_ value: Double?, _ reference: JSON?, _ name: String) {
        guard let reference else {
            Issue.record("no reference \(name)")
            return
        }
        guard let wanted = reference.double else {
            #expect(value == nil, "\(name)")
            return
        }
        guard let value else {
            Issue.record("\(name) is nil in place of \(wanted)")
            return
        }
        #expect((value - wanted).magnitude <= max(1e-9 * wanted.magnitude, 1e-14), "\(name): \(value) in place of \(wanted)")
    }

    @Test func everyFigureOfEverySeries() throws {
        guard let series = Self.vectors?["series"]?.object else { return }
        #expect(series.count >= 5)
        for (name, content) in series {
            let returns = try #require(content["returns"]?.array).compactMap(\.double)
            let reference = try #require(content["reference"]?.object)
            let statistics = ReturnStatistics(returns: returns)
            for (key, wanted) in reference {
                if key.hasPrefix("dsr_N") {
                    let trials = try #require(Double(key.dropFirst(5).prefix { $0 != "_" }))
                    let deviation = try #require(Double(key.split(separator: "SR").last ?? ""))
                    let variance = deviation * deviation
                    expect(SharpeEvidence.expectedMaximum(trials: trials, variance: variance), wanted["expected_max_sr"], "\(name) \(key)")
                    expect(statistics.evidence?.deflated(trials: trials, variance: variance), wanted["dsr_pop"], "\(name) \(key)")
                } else {
                    let figure = try #require(Self.figures[key], "\(key) has no counterpart")
                    expect(figure(statistics), wanted, "\(name) \(key)")
                }
            }
            try compareLibraries(name, content, statistics)
        }
    }

    /// Omega and tail ratio stand only among the libraries' results.
    func compareLibraries(_ name: String, _ content: JSON, _ statistics: ReturnStatistics) throws {
        guard let library = content["empyrical"] else { return }
        if let wanted = library["omega"]?.double { expect(statistics.omega(), .double(wanted), "\(name) omega") }
        if let wanted = library["tail_ratio"]?.double { expect(statistics.tailRatio, .double(wanted), "\(name) tail ratio") }
    }

    static func sample(_ statistics: ReturnStatistics) -> SharpeEvidence? {
        guard let sharpe = statistics.sharpePerPeriod, let skewness = statistics.skewnessSample,
              let kurtosis = statistics.kurtosisSample else { return nil }
        return SharpeEvidence(sharpe: sharpe, observations: statistics.count, skewness: skewness, kurtosis: kurtosis)
    }

    static let figures: [String: @Sendable (ReturnStatistics) -> Double?] = [
        "n": { Double($0.count) },
        "mean": { $0.mean },
        "stdev_ddof1": { $0.deviation },
        "stdev_ddof0": { s in s.deviation.map { $0 * (Double(s.count - 1) / Double(s.count)).squareRoot() } },
        "total_return": { $0.totalReturn },
        "sharpe_per_period": { $0.sharpePerPeriod },
        "sharpe_annual": { $0.sharpe },
        "downside_dev": { $0.downsideDeviation },
        "sortino_per_period": { $0.sortinoPerPeriod },
        "sortino_annual": { $0.sortino },
        "volatility_annual": { $0.volatility },
        "cagr": { $0.growth },
        "equity_last": { $0.equity.last },
        "max_drawdown": { $0.drawdown.deepest },
        "mdd_trough_index": { Double($0.drawdown.troughIndex) },
        "mdd_peak_index": { Double($0.drawdown.peakIndex) },
        "mdd_recovery_index": { $0.drawdown.recoveryIndex.map { Double($0) } },
        "calmar": { $0.calmar },
        "gross_gain": { $0.periods.grossProfit },
        "gross_loss": { $0.periods.grossLoss },
        "profit_factor": { $0.periods.profitFactor },
        "wins": { Double($0.periods.wins) },
        "losses": { Double($0.periods.losses) },
        "zeros": { Double($0.periods.breakevens) },
        "win_rate_excl_zero": { $0.periods.winRate },
        "win_rate_incl_zero": { $0.periods.winRateOfAll },
        "avg_win": { $0.periods.averageWin },
        "avg_loss": { $0.periods.averageLoss },
        "payoff_ratio": { $0.periods.payoff },
        "expectancy_excl_zero": { $0.periods.expectancyOfDecided },
        "exposure_nonzero": { PerformanceMetrics.timeInMarket(positionValues: $0.returns) },
        "var95_hist_linear": { $0.valueAtRisk() },
        "cvar95_hist_mean_le_quantile": { $0.conditionalValueAtRisk() },
        // On these series the two definitions meet.
        "cvar95_empyrical_k_smallest": { $0.conditionalValueAtRisk() },
        "var95_normal": { $0.valueAtRiskNormal() },
        "cvar95_normal": { $0.conditionalValueAtRiskNormal() },
        "ulcer_index_mean_n": { $0.ulcerIndex },
        "skew_population_g1": { $0.skewness },
        "kurt_population_raw": { $0.kurtosis },
        "skew_sample_G1": { $0.skewnessSample },
        "kurt_sample_raw_G2plus3": { $0.kurtosisSample },
        "sr_stderr_pop": { $0.evidence?.standardError },
        "psr_vs_0_pop": { $0.evidence?.probability() },
        "psr_vs_annual_sr_1_pop": { $0.evidence?.probability(above: 1 / 365.0.squareRoot()) },
        "mintrl_vs_0_95_pop": { $0.evidence?.observationsNeeded() },
        "sr_stderr_sample": { sample($0)?.standardError },
        "psr_vs_0_sample": { sample($0)?.probability() },
        "psr_vs_annual_sr_1_sample": { sample($0)?.probability(above: 1 / 365.0.squareRoot()) },
        "mintrl_vs_0_95_sample": { sample($0)?.observationsNeeded() },
        "underwater_longest_bars": { Double($0.drawdown.longestUnderWater) },
        "underwater_longest_closed_peak_to_recovery": { Double($0.drawdown.longestRecovered) },
        "underwater_open_bars_at_end": { Double($0.drawdown.openUnderWater) },
        "underwater_total_bars": { Double($0.drawdown.totalUnderWater) },
    ]

    @Test func trades() throws {
        guard let trades = Self.vectors?["trades"] else { return }
        let pnls = try #require(trades["trades"]?.array).compactMap { $0["pnl"]?.double }
        let statistics = TradeStatistics(pnls: pnls)
        let figures: [String: Double?] = [
            "n": Double(statistics.count), "wins": Double(statistics.wins), "losses": Double(statistics.losses),
            "breakeven": Double(statistics.breakevens), "net": statistics.net, "gross_profit": statistics.grossProfit,
            "gross_loss": statistics.grossLoss, "profit_factor": statistics.profitFactor,
            "win_rate_excl_zero": statistics.winRate, "win_rate_incl_zero": statistics.winRateOfAll,
            "avg_win": statistics.averageWin, "avg_loss": statistics.averageLoss, "payoff_ratio": statistics.payoff,
            "expectancy_per_trade_all": statistics.expectancy, "expectancy_excl_zero": statistics.expectancyOfDecided,
            "kelly_excl_zero": statistics.kelly,
        ]
        for (key, wanted) in try #require(trades["reference"]?.object) {
            expect(try #require(figures[key], "\(key) has no counterpart"), wanted, key)
        }
    }

    @Test func normalDistribution() throws {
        guard let vectors = Self.vectors else { return }
        for (p, wanted) in try #require(vectors["normal_quantiles"]?.object) {
            expect(NormalDistribution.quantile(try #require(Double(p))), wanted, "quantile \(p)")
        }
        for (x, wanted) in try #require(vectors["normal_cdf"]?.object) {
            expect(NormalDistribution.cumulative(try #require(Double(x))), wanted, "cdf \(x)")
        }
    }

    @Test func evidence() throws {
        guard let cases = Self.vectors?["psr_dsr_mintrl"]?["cases"]?.array else { return }
        var checked = 0
        for item in cases {
            let name = try #require(item["case"]?.string)
            let paper = SharpeEvidence(sharpe: 2.5 / 250.0.squareRoot(), observations: 1_250, skewness: -3, kurtosis: 10)
            let variance = 0.5 / 250
            if name.hasPrefix("Bailey") || name.hasPrefix("same but N=46") || name.hasPrefix("same but N=88") {
                let trials = name.contains("N=46") ? 46.0 : name.contains("N=88") ? 88 : 100
                let measured = name.contains("normal") ? SharpeEvidence(sharpe: paper.sharpe, observations: 1_250) : paper
                expect(SharpeEvidence.expectedMaximum(trials: trials, variance: variance), item["sr0"], name)
                expect(measured.deflated(trials: trials, variance: variance), item["dsr"], name)
                if item["psr_vs_0"] != nil { expect(measured.probability(), item["psr_vs_0"], name) }
            } else if name.hasPrefix("PSR paper") {
                let measured = SharpeEvidence(sharpe: 0.458, observations: 24, skewness: -2.448, kurtosis: 10.164)
                let normal = SharpeEvidence(sharpe: 0.458, observations: 24)
                expect(measured.probability(), item["psr_vs_0"], name)
                expect(normal.probability(), item["psr_vs_0_if_normal"], name)
                expect(measured.observationsNeeded(), item["mintrl_95"], name)
                expect(normal.observationsNeeded(), item["mintrl_95_normal"], name)
            } else if name.hasPrefix("MinTRL") {
                let words = name.split(separator: " ")
                let annual = try #require(words.firstIndex(of: "SR").flatMap { Double(words[$0 + 1]) })
                let ratio = annual / 365.0.squareRoot()
                expect(SharpeEvidence(sharpe: ratio, observations: 100).observationsNeeded(), item["normal"], name)
                expect(SharpeEvidence(sharpe: ratio, observations: 100, skewness: -0.7, kurtosis: 6).observationsNeeded(),
                       item["skew_m0_7_kurt_6"], name)
            } else {
                let trials = try #require(name.split(separator: "N=").last.flatMap { Double($0.prefix { $0 != " " }) })
                expect(SharpeEvidence.expectedMaximum(trials: trials, variance: 1), item["value"], name)
            }
            checked += 1
        }
        #expect(checked == cases.count && checked == 15)
    }

    @Test func hourlyReturnsAndExposure() throws {
        guard let vectors = Self.vectors else { return }
        let hourly = try #require(vectors["hourly_to_daily"])
        var hours: [Double] = []
        for _ in 0..<6 { hours += [0.001, -0.0005, 0.002, 0] }
        for _ in 0..<6 { hours += [-0.001, 0.0007, 0.0003, -0.0012] }
        hours += [Double](repeating: 0.0004, count: 24)
        let daily = ReturnStatistics.compounded(hours, by: 24)
        let wanted = try #require(hourly["daily"]?.array)
        #expect(daily.count == wanted.count)
        for (value, reference) in zip(daily, wanted) { expect(value, reference, "day") }
        expect(ReturnStatistics(returns: hours, periodsPerYear: 8_760).sharpe, hourly["sharpe_hourly_8760"], "hourly")
        expect(ReturnStatistics(returns: daily).sharpe, hourly["sharpe_daily_365"], "daily")

        let exposure = try #require(vectors["turnover_exposure"])
        let equity = try #require(exposure["equity"]?.array).compactMap(\.double)
        let positions = try #require(exposure["position_notional"]?.array).compactMap(\.double)
        let traded = try #require(exposure["fills"]?.array).compactMap { $0["notional"]?.double }.reduce(0, +)
        let metrics = PerformanceMetrics.compute(
            daily: equity, tradePnls: [], fees: 0, funding: 0, turnoverNotional: traded,
            meanEquity: equity.reduce(0, +) / Double(equity.count),
            exposure: try #require(PerformanceMetrics.timeInMarket(positionValues: positions)))
        expect(metrics.turnover, exposure["turnover_two_sided"], "turnover")
        expect(metrics.exposure, exposure["time_in_market"], "time in market")
        expect(PerformanceMetrics.grossExposure(positionValues: positions, equity: equity), exposure["gross_exposure_mean"], "gross")
    }
}
