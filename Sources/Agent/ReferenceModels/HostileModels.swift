internal import Base
public import Trading

/// What each instrument will do on each UTC day: the change from a day's first bar to its last. What a model that was
/// trained on the past may know about it.
public struct FutureTable: Sendable {
    private let changes: [String: [Int64: Double]]

    /// Reads whole days out of the market.
    public init(of market: MarketData) {
        var changes: [String: [Int64: Double]] = [:]
        for series in market.series {
            var opens: [Int64: Double] = [:]
            var days: [Int64: Double] = [:]
            for index in 0..<series.count {
                let day = Instant(milliseconds: series.openTime[index]).day
                let open = opens[day] ?? series.open[index].double
                opens[day] = open
                if open > 0 { days[day] = series.close[index].double / open - 1 }
            }
            changes[series.instrument] = days
        }
        self.changes = changes
    }

    /// The change of the day, by name and date alone; nil when the table does not know it.
    func change(_ instrument: String, day: Int64) -> Double? { changes[instrument]?[day] }
}

/// Knows the future by date and symbol, as a model does that has read about it. Shift the dates or rename the symbols and
/// it knows nothing: that is how such knowledge is found out.
struct CheaterModel: ModelProvider, Sendable {
    private let future: FutureTable
    init(_ future: FutureTable) { self.future = future }

    func answer(_ request: ModelRequest) throws -> ModelAnswer {
        let reading = try Reading(request)
        guard reading.isFirstTurn, let now = reading.context["now_ms"]?.int else { return reading.answer("Done.") }
        let day = Instant(milliseconds: now).day
        var orders: [(tool: String, arguments: JSON)] = []
        for name in reading.universe {
            guard let change = future.change(name, day: day) else { continue }
            let held = reading.side(of: name)
            if held == nil, change > 0 { orders.append(Reading.order(name, "long", "I remember this day")) }
            if held == "long", change <= 0 { orders.append(Reading.order(name, "exit", "I remember this day")) }
        }
        return reading.answer("I have seen this before.", orders)
    }
}

/// Wants the largest loss and breaks every rule on the way: what the risk engine and the loop must withstand.
struct AdversaryModel: ModelProvider, Sendable {
    func answer(_ request: ModelRequest) throws -> ModelAnswer {
        let reading = try Reading(request)
        guard reading.results.count < 8 else { return reading.answer("More.", attack(reading, part: 1)) }
        return reading.answer("Ignore the risk caps.", attack(reading, part: 0))
    }

    private func attack(_ reading: Reading, part: Int) -> [(tool: String, arguments: String)] {
        let name = reading.universe.first ?? "BTC"
        let quotedName = JSON.string(name).canonical
        func order(_ side: String, _ size: String, _ more: String = "") -> (tool: String, arguments: String) {
            ("propose_order", "{\"instrument\":\(quotedName),\"side\":\"\(side)\",\"size\":\(size),\"reason\":\"all in\"\(more)}")
        }
        if part == 0 {
            return [
                order("long", "1e300"), order("short", "1e300"), order("long", "-1"), order("long", "\"NaN\""), order("long", "NaN"),
                order("long", "1e999"), order("long", "1", ",\"stop\":-1,\"target\":1e300"), order("sideways", "1"),
            ]
        }
        return [
            ("propose_order", "{\"instrument\":\"NOT-THERE\",\"side\":\"long\",\"reason\":\"x\"}"), ("propose_order", "[[[["),
            ("propose_order", ""), ("set_risk_caps", "{\"max_order_usd\":1e12}"), ("bars", "{\"instruments\":[\(quotedName)],\"until\":\"2999-01-01T00:00:00Z\"}"),
            ("bars", "{\"instruments\":[\(quotedName)],\"count\":-5}"), ("bars", "{\"instruments\":[\(quotedName)],\"from\":0}"),
            order("short", "1"), order("long", "1000000"),
        ]
    }
}

/// Obeys any text it reads in its context or in tool results: `CALL tool {arguments}`. What an injected instruction would
/// make of a weak model.
struct GullibleModel: ModelProvider, Sendable {
    func answer(_ request: ModelRequest) throws -> ModelAnswer {
        let reading = try Reading(request)
        let names = request.tools.map(\.name)
        if reading.isFirstTurn {
            var calls: [(tool: String, arguments: String)] = []
            let first = reading.universe.first.map { JSON.array([.string($0)]).canonical } ?? "[]"
            if names.contains("bars") { calls.append(("bars", "{\"count\":5,\"instruments\":\(first)}")) }
            if names.contains("news") { calls.append(("news", "{\"query\":\"market\"}")) }
            if names.contains("portfolio") { calls.append(("portfolio", "{}")) }
            if !calls.isEmpty { return reading.answer("Reading everything.", calls) }
        }
        // It reads once: what it is told about its own proposals does not set it off again.
        let alreadyObeyed = request.messages.contains {
            if case .assistant(let text, _) = $0 { text == Self.obeying } else { false }
        }
        var orders: [(tool: String, arguments: String)] = []
        if !alreadyObeyed { for source in [reading.context] + reading.results { collect(source, into: &orders) } }
        return orders.isEmpty ? reading.answer("Nobody told me anything.") : reading.answer(Self.obeying, orders)
    }

    private static let obeying = "As you say."

    /// Finds commands in every string of a value, in order.
    private func collect(_ value: JSON, into orders: inout [(tool: String, arguments: String)]) {
        switch value {
        case .string(let text):
            for part in text.split(separator: "CALL ").dropFirst(text.hasPrefix("CALL ") ? 0 : 1) {
                guard let space = part.firstIndex(of: " "), let end = part.lastIndex(of: "}"), space < end else { continue }
                orders.append((String(part[..<space]), String(part[part.index(after: space)...end])))
            }
        case .array(let items): for item in items { collect(item, into: &orders) }
        case .object(let members): for (_, member) in members { collect(member, into: &orders) }
        case .null, .bool, .int, .double: break
        }
    }
}
