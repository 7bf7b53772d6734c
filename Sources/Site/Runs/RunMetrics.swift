internal import Base
internal import HTTP

/// The numbers of one run. Ratios: 0.031 is 3.1 %.
struct RunMetrics: Sendable, Hashable {
    let totalReturn: Figure
    let benchmarkReturn: Figure
    let cagr: Figure
    let volatility: Figure
    let sharpe: Figure
    /// The 95 % interval of the Sharpe ratio.
    var sharpeRange: ClosedRange<Double>?
    let sortino: Figure
    let calmar: Figure
    /// Zero or below.
    let maxDrawdown: Figure
    let maxDrawdownDays: Figure
    let profitFactor: Figure
    let winRate: Figure
    /// Dollars a trade.
    let expectancy: Figure
    let exposure: Figure
    let turnover: Figure
    let trades: Int
    let fees: Money
    let funding: Money
}

/// The grid of numbers, each name opens how it is computed. The formulas are those of docs/metrics.md.
enum MetricList {
    static func html(_ metrics: RunMetrics) -> HTML {
        let range: HTML = metrics.sharpeRange.flatMap { range in
            Format.decimal(range.lowerBound, digits: 2).flatMap { low in
                Format.decimal(range.upperBound, digits: 2).map { " <span class=\"small muted\">(\(low) – \($0))</span>" as HTML }
            }
        } ?? .empty
        let items: [HTML] = [
            item("Total return", Format.change(metrics.totalReturn), "Final equity over starting equity, minus 1, after fees and funding. Open positions are valued at the last close."),
            item("Buy and hold", Format.change(metrics.benchmarkReturn), "The universe bought in equal parts at the first open and held to the last close, without fees."),
            item("CAGR", Format.change(metrics.cagr), "Growth per year, compounded, with 365 days a year. Not given below 90 days, where it would mostly be extrapolation."),
            item("Volatility", Format.percent(metrics.volatility), "Standard deviation of daily returns (n − 1) times √365, days closed at 00:00 UTC, flat days included."),
            item("Sharpe", "\(Format.ratio(metrics.sharpe))\(range)", "Mean daily return over its standard deviation, times √365, risk-free rate 0. In brackets the 95 % interval. Not given below 30 days."),
            item("Sortino", Format.ratio(metrics.sortino), "As Sharpe, but only days below 0 count as risk; all days are in the denominator."),
            item("Calmar", Format.ratio(metrics.calmar), "CAGR over the deepest drawdown, over the whole span."),
            item("Max drawdown", Format.percent(metrics.maxDrawdown), "The deepest fall of equity from an earlier peak."),
            item("Longest under water", days(metrics.maxDrawdownDays), "The longest time equity stayed below an earlier peak."),
            item("Profit factor", Format.ratio(metrics.profitFactor), "Sum of winning trades over sum of losing trades."),
            item("Win rate", Format.percent(metrics.winRate), "Winning trades over winning and losing ones; break-even trades are left out."),
            item("Expectancy", dollars(metrics.expectancy), "Mean profit or loss of a trade, fees and funding included."),
            item("Trades", "\(Format.count(metrics.trades))", "Positions opened and closed again. Fewer than 30 say little."),
            item("Exposure", Format.percent(metrics.exposure), "Bars with a position over all bars."),
            item("Turnover", turnover(metrics.turnover), "Value traded, both sides, over mean equity, for the whole span."),
            item("Fees", "\(Format.moneyText(metrics.fees))", "Taker and maker fees as the venue's lowest tier charges them, plus slippage as stated in the execution rules."),
            item("Funding", "\(Format.moneyText(metrics.funding, signed: true))", "Hourly funding paid (−) or received (+) on open positions."),
        ]
        return """
        <div class="metrics">\(items)</div>
        <p class="table-note">All of it follows the <a href="\(Paths.docs)/execution">execution rules</a> and the <a href="\(Paths.docs)/metrics">metric definitions</a>.</p>
        """
    }

    private static func item(_ name: String, _ value: HTML, _ how: String) -> HTML {
        """
        <div class="metric"><p class="metric__value">\(value)</p>\
        <details class="metric__how"><summary>\(name)</summary><p>\(how)</p></details></div>
        """
    }

    private static func days(_ figure: Figure) -> HTML {
        switch figure {
        case .unavailable(let reason): Format.notAvailable(reason)
        case .value(let value): Format.decimal(value, digits: value < 10 ? 1 : 0).map { "\($0)\(Format.space)d" } ?? Format.notAvailable("not a finite number")
        }
    }

    private static func dollars(_ figure: Figure) -> HTML {
        switch figure {
        case .unavailable(let reason): Format.notAvailable(reason)
        case .value(let value): Format.dollars(value, signed: true).map { Format.toned($0, by: value) } ?? Format.notAvailable("not a finite number")
        }
    }

    private static func turnover(_ figure: Figure) -> HTML {
        switch figure {
        case .unavailable(let reason): Format.notAvailable(reason)
        case .value(let value): Format.decimal(value, digits: 1).map { "\($0)\(Format.space)×" } ?? Format.notAvailable("not a finite number")
        }
    }
}
