internal import Base
internal import Engine
internal import Marketplace
internal import Trading

/// A report for the terminal.
enum ReportText {
    static func summary(_ outcome: SkillSimulation.Outcome) -> String {
        let result = outcome.report.result
        var lines = outcome.report.warnings.map { "warning: \($0)" }
        let held = outcome.benchmark.totalReturn.map { ", buy and hold \(Percent.signed($0))" } ?? ""
        lines.append("\(result.from.date) to \(result.to.date), \(result.instruments.joined(separator: " ")) on \(result.timeframe.rawValue): "
            + "\(outcome.metrics.totalReturn.map { Percent.signed($0) } ?? "n/a")\(held)")
        lines.append("equity \(result.recipe.startEquity) → \(result.finalEquity) USD, fees \(result.fees), funding \(result.funding)")
        lines.append("\(result.bars) bars, \(result.decisions.count) decisions, \(result.orders) orders, "
            + "\(result.denied) denied, \(result.rejections.count) rejected, \(result.trades.count) trades")
        lines.append("max drawdown \(outcome.metrics.maxDrawdown.map { Percent.signed($0) } ?? "n/a"), "
            + "Sharpe \(outcome.metrics.sharpe.map { String(($0 * 100).rounded() / 100) } ?? "n/a")")
        lines.append("skill        \(result.identity.skillHash.hex)")
        lines.append("dataset      \(result.datasetHash.hex)")
        lines.append("decision log \(result.decisionLogHash.hex)")
        return lines.joined(separator: "\n")
    }
}
