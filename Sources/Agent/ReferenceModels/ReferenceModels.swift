internal import Base
public import Trading

/// Models without a company behind them: deterministic, in this process, named as what they are. They drive the demo and
/// put evidence and safety to the test, through the same requests and tool calls as any other model.
public enum ReferenceModels {
    /// The names a manifest may give as its model.
    public static let names = [
        "reference/threshold", "reference/constant", "reference/coin-flip", "reference/cheater", "reference/adversary",
        "reference/gullible",
    ]

    /// The model of that name; nil for an unknown one. `reference/cheater` reads the future out of `market`, and is nil
    /// without it; the others never look at it.
    public static func provider(named name: String, market: MarketData? = nil) -> (any ModelProvider)? {
        switch name {
        case "reference/threshold": ThresholdModel()
        case "reference/constant": ConstantModel()
        case "reference/coin-flip": CoinFlipModel()
        case "reference/cheater": market.map { CheaterModel(FutureTable(of: $0)) }
        case "reference/adversary": AdversaryModel()
        case "reference/gullible": GullibleModel()
        default: nil
        }
    }
}

/// What a reference model reads out of a request.
struct Reading {
    let request: ModelRequest
    /// The context of the tick.
    let context: JSON
    /// Results of the calls made so far in this tick, in order.
    let results: [JSON]

    init(_ request: ModelRequest) throws {
        self.request = request
        var context: JSON?
        var results: [JSON] = []
        for message in request.messages {
            switch message {
            case .user(let text): context = try? JSON(parsing: text)  // nil is refused just below
            case .tool(_, let content): results.append((try? JSON(parsing: content)) ?? .null)  // unreadable: no figures in it
            case .system, .assistant: break
            }
        }
        guard let context else {
            throw ModelProviderError(kind: .malformed, message: "The reference model was given no context.")
        }
        self.context = context
        self.results = results
    }

    var universe: [String] { (context["universe"]?.array ?? []).compactMap(\.string) }
    var isFirstTurn: Bool { results.isEmpty }

    func parameter(_ name: String, default value: Double) -> Double { context["parameters"]?[name]?.double ?? value }

    /// `long`, `short`, or nil when flat.
    func side(of instrument: String) -> String? {
        context["portfolio"]?["positions"]?.array?.first { $0["instrument"]?.string == instrument }?["side"]?.string
    }

    /// An answer with its calls numbered and its tokens estimated at four bytes each.
    func answer(_ text: String, _ calls: [(tool: String, arguments: JSON)] = []) -> ModelAnswer {
        answer(text, calls.map { ($0.tool, $0.arguments.canonical) })
    }

    func answer(_ text: String, _ calls: [(tool: String, arguments: String)]) -> ModelAnswer {
        let numbered = calls.enumerated().map { index, call in
            ToolCall(id: "call_\(results.count + index + 1)", name: call.tool, arguments: call.arguments)
        }
        let written = text.utf8.count + calls.reduce(0) { $0 + $1.tool.utf8.count + $1.arguments.utf8.count }
        let read = request.messages.reduce(0) { sum, message in
            switch message {
            case .system(let text), .user(let text), .tool(_, let text): sum + text.utf8.count
            case .assistant(let text, let calls): calls.reduce(sum + text.utf8.count) { $0 + $1.arguments.utf8.count }
            }
        }
        return ModelAnswer(text: text, calls: numbered, inputTokens: read / 4 + 1,
                           outputTokens: written / 4 + 1)
    }

    static func order(_ instrument: String, _ side: String, size: Double = 1, _ reason: String) -> (tool: String, arguments: JSON) {
        ("propose_order", ["instrument": .string(instrument), "side": .string(side), "size": .double(size), "reason": .string(reason)])
    }
}

/// Momentum: long where the last `lookback` bars (24) rose by more than `threshold` (0.02), out where they fell by more.
struct ThresholdModel: ModelProvider, Sendable {
    func answer(_ request: ModelRequest) throws -> ModelAnswer {
        let reading = try Reading(request)
        let lookback = min(max(1, reading.parameter("lookback", default: 24)), 400)
        let threshold = reading.parameter("threshold", default: 0.02)
        if reading.isFirstTurn {
            let universe = reading.universe.map(JSON.string)
            // The tool gives 2,000 candles a call.
            let count = min(Int(lookback) + 1, ToolLimits.barsPerCallMax / max(1, universe.count))
            return reading.answer("Looking at the candles.", [("bars", ["instruments": .array(universe), "count": .int(count)])])
        }
        guard reading.results.count == 1, let series = reading.results[0]["data"]?["series"]?.array else {
            return reading.answer("Done.")
        }
        var orders: [(tool: String, arguments: JSON)] = []
        for one in series {
            guard let name = one["instrument"]?.string, one["stale"]?.bool == false, let rows = one["bars"]?.array,
                  rows.count > 1, let first = rows.first?.array, let last = rows.last?.array, first.count == 6, last.count == 6,
                  let start = first[4].double, let end = last[4].double, start > 0 else { continue }
            let change = end / start - 1
            let held = reading.side(of: name)
            if held == nil, change > threshold { orders.append(Reading.order(name, "long", "rose \(Self.percent(change)) over \(rows.count - 1) bars")) }
            if held == "long", change < -threshold { orders.append(Reading.order(name, "exit", "fell \(Self.percent(change)) over \(rows.count - 1) bars")) }
        }
        return orders.isEmpty ? reading.answer("No move beyond the threshold.") : reading.answer("Acting on the move.", orders)
    }

    /// `-2.13 %`, rounded to hundredths.
    private static func percent(_ fraction: Double) -> String {
        let hundredths = (fraction * 10_000).rounded()
        return hundredths.isFinite ? "\(hundredths / 100) %" : "beyond measure"
    }
}

/// Says the same every time: long the first instrument. What holding it would have given, limits and costs included.
struct ConstantModel: ModelProvider, Sendable {
    func answer(_ request: ModelRequest) throws -> ModelAnswer {
        let reading = try Reading(request)
        guard reading.isFirstTurn, let first = reading.universe.first else { return reading.answer("Done.") }
        return reading.answer("Long, as always.", [Reading.order(first, "long", "always long")])
    }
}

/// Tosses a coin for each instrument, seeded by the request itself: luck without skill, repeatable.
struct CoinFlipModel: ModelProvider, Sendable {
    func answer(_ request: ModelRequest) throws -> ModelAnswer {
        let reading = try Reading(request)
        guard reading.isFirstTurn else { return reading.answer("Done.") }
        var random = SeededRandom(seed: request.hash.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        var orders: [(tool: String, arguments: JSON)] = []
        for name in reading.universe {
            guard random.next() % 2 == 0 else { continue }
            orders.append(Reading.order(name, reading.side(of: name) == nil ? "long" : "exit", "the coin said so"))
        }
        return reading.answer("The coin has spoken.", orders)
    }
}
