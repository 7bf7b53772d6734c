internal import Base
internal import Trading

/// The outcome of one call: what the model is told, and the proposal it made, if any.
struct ToolOutcome {
    /// Counted in the decision's record.
    enum Kind: String, CaseIterable {
        case ok
        case unparseable
        case unknownTool = "unknown_tool"
        case unavailable
        case badArguments = "bad_arguments"
        case future
        case budget
    }
    let kind: Kind
    let content: JSON
    var proposal: Signal?

    /// A refusal the model can read and act on.
    static func refused(_ kind: Kind, _ message: String) -> ToolOutcome {
        ToolOutcome(kind: kind, content: ["ok": false, "error": .string(kind.rawValue), "message": .string(message)])
    }

    /// `source` is `platform` for our own figures and `outside` for text other people wrote.
    static func ok(_ data: JSON, source: String = "platform") -> ToolOutcome {
        ToolOutcome(kind: .ok, content: ["ok": true, "source": .string(source), "data": data])
    }
}

/// Runs the calls of one tick. Holds only what may be known at that tick.
struct ToolDesk {
    let window: MarketWindow
    let portfolio: PortfolioView
    /// What the skill may use.
    let tools: [AgentTool]

    func run(_ call: ToolCall) -> ToolOutcome {
        guard let tool = AgentTool(rawValue: call.name) else {
            return .refused(.unknownTool, "There is no such tool. You have: \(tools.map(\.rawValue).joined(separator: ", ")).")
        }
        guard tools.contains(tool) else {
            return .refused(.unknownTool, "This skill does not use `\(tool.rawValue)`. You have: "
                + tools.map(\.rawValue).joined(separator: ", ") + ".")
        }
        guard call.arguments.utf8.count <= ToolLimits.argumentsBytesMax else {
            return .refused(.unparseable, "The arguments are longer than \(ToolLimits.argumentsBytesMax) bytes.")
        }
        let arguments: JSON
        do {
            // Providers send an empty text where a call has no arguments.
            arguments = call.arguments.isEmpty ? .object([]) : try JSON(parsing: call.arguments)
        } catch {
            return .refused(.unparseable, "The arguments are \(error.description).")
        }
        guard let members = arguments.object else { return .refused(.unparseable, "The arguments are not an object.") }
        if let unknown = members.map(\.0).first(where: { !tool.argumentNames.contains($0) }) {
            return .refused(.badArguments, "`\(unknown.prefix(40))` is not an argument of `\(tool.rawValue)`. It takes: "
                + tool.argumentNames.joined(separator: ", ") + ".")
        }
        switch tool {
        case .bars: return bars(arguments)
        case .portfolio: return .ok(AgentContext.portfolio(portfolio, names: window.instrumentNames))
        case .news: return .refused(.unavailable, "No news source is connected. Decide without it.")
        case .proposeOrder: return proposeOrder(arguments)
        }
    }

    private func bars(_ arguments: JSON) -> ToolOutcome {
        guard let items = arguments["instruments"]?.array, !items.isEmpty else {
            return .refused(.badArguments, "`instruments` must be a list of names from the universe.")
        }
        var indices: [Int] = []
        for item in items.prefix(window.instrumentNames.count + 1) {
            guard let name = item.string, let index = window.index(of: name) else {
                return .refused(.badArguments, "The universe is \(window.instrumentNames.joined(separator: ", ")).")
            }
            guard !indices.contains(index) else { return .refused(.badArguments, "Name each instrument once.") }
            indices.append(index)
        }
        var count = 50
        if let wanted = arguments["count"] {
            guard let value = wanted.int, (1...Int64(ToolLimits.barsMax)).contains(value) else {
                return .refused(.badArguments, "`count` must be a whole number from 1 to \(ToolLimits.barsMax).")
            }
            count = Int(value)
        }
        guard count * indices.count <= ToolLimits.barsPerCallMax else {
            return .refused(.badArguments, "One call gives at most \(ToolLimits.barsPerCallMax) candles in all.")
        }
        var until = window.now
        if let wanted = arguments["until"] {
            guard let time = wanted.string.flatMap({ Instant($0) }) else {
                return .refused(.badArguments, "`until` must be a time such as \(Instant(milliseconds: window.now)).")
            }
            guard time.milliseconds <= window.now else {
                return .refused(.future, "It is \(Instant(milliseconds: window.now)); nothing later has happened yet.")
            }
            until = time.milliseconds
        }
        let series = indices.map { index -> JSON in
            let rows = window.bars(index, count: count, until: until).map { bar -> JSON in
                [.int(bar.openTime + window.timeframe.milliseconds), .double(bar.open.double), .double(bar.high.double),
                 .double(bar.low.double), .double(bar.close.double), .double(bar.volume)]
            }
            return ["instrument": .string(window.instrumentNames[index]), "stale": .bool(window.isStale(index)), "bars": .array(rows)]
        }
        return .ok(["timeframe": .string(window.timeframe.rawValue), "series": .array(series)])
    }

    /// Reads a proposal without judging it: a size of 10³⁰⁰ or below zero is the risk engine's to deny, in its log. What
    /// cannot be read as a number is refused here, visibly.
    private func proposeOrder(_ arguments: JSON) -> ToolOutcome {
        guard let name = arguments["instrument"]?.string, let instrument = window.index(of: name) else {
            return .refused(.badArguments, "`instrument` must be one of \(window.instrumentNames.joined(separator: ", ")).")
        }
        guard let side = arguments["side"]?.string.flatMap(Signal.Side.init(rawValue:)) else {
            return .refused(.badArguments, "`side` must be long, short or exit.")
        }
        var numbers: [String: Double] = [:]
        for key in ["size", "stop", "target"] {
            guard let value = arguments[key], !value.isNull else { continue }
            guard let number = value.double else { return .refused(.badArguments, "`\(key)` must be a number.") }
            numbers[key] = number
        }
        guard let reason = arguments["reason"]?.string else {
            return .refused(.badArguments, "`reason` must say in one sentence why.")
        }
        let signal = Signal(
            instrument: instrument, side: side, size: numbers["size"] ?? 1, stop: numbers["stop"], target: numbers["target"],
            reason: String(reason.prefix(Limits.signalReasonCharactersMax)))
        return ToolOutcome(kind: .ok, content: [
            "ok": true, "source": "platform",
            "data": ["proposed": true, "message": "Noted. The risk engine decides after this turn."],
        ], proposal: signal)
    }
}
