public import Base

/// What a proposal was and what it came to.
public struct ProposalOutcome: Sendable, Hashable {
    /// As the decider made it.
    public let signal: Signal
    /// One, or two for a reversal: first the close, then the opening.
    public let judgements: [Judgement]
}

/// One decision with everything that led to it and followed from it.
public struct DecisionRecord: Sendable {
    /// From 0.
    public let number: Int
    /// Index into `MarketData.ticks`.
    public let tick: Int
    /// Close time of that tick, milliseconds UTC.
    public let time: Int64
    /// What was proposed and what it came to.
    public let outcomes: [ProposalOutcome]
    /// Tokens the decider used.
    public let tokens: Int
    /// USD paid to a model provider.
    public let cost: Money
    /// The canonical JSON that was folded into the log: `n`, `time`, `record`, `equity`, `cash`, `proposals`,
    /// `verdicts`, `orders`, and `fills`, `rejections` and `halts` since the decision before.
    public let canonical: [UInt8]
    /// The head of the log after this decision.
    public let hash: Digest

    /// One line of `decisions.jsonl`: the canonical JSON with the log's head after it.
    public var line: String {
        String(decoding: canonical.dropLast(), as: UTF8.self) + ",\"hash\":\"\(hash.hex)\"}"
    }
}

/// The chain of hashes over a run: `h0 = SHA-256(header)`, `h(n+1) = SHA-256(h(n) ‖ canonical(entry))`.
///
/// The entries are the decisions in order and one last entry with how the run ended, so that nothing that happened
/// after the last decision is left out. Two runs with the same head did the same.
public struct DecisionLog: Sendable {
    /// The hash over everything so far.
    public private(set) var head: Digest

    /// A log that begins with what the run is of.
    public init(header: JSON) { head = .of(header) }

    /// Adds an entry; `canonical` are the canonical bytes of its JSON.
    public mutating func fold(_ canonical: [UInt8]) {
        var builder = DigestBuilder()
        builder.update(head.bytes)
        builder.update(canonical)
        head = builder.finish()
    }

    /// The header: skill, data, engine, seed, model and recipe.
    public static func header(_ identity: RunIdentity, dataset: Digest, recipe: Recipe) -> JSON {
        [
            "skill_hash": .string(identity.skillHash.hex), "dataset_hash": .string(dataset.hex),
            "engine": .string(Backtest.engine), "seed": identity.seedJSON, "model": .optional(identity.model),
            "recipe": recipe.json,
        ]
    }
}

/// The JSON of what goes into the log. Order numbers appear as their sequence: the session is the run's.
enum DecisionEntry {
    static func proposal(_ signal: Signal, _ names: [String]) -> JSON {
        [
            "instrument": .string(name(signal.instrument, names)), "side": .string(signal.side.rawValue),
            "size": .exact(signal.size), "stop": signal.stop.map(JSON.exact) ?? .null,
            "target": signal.target.map(JSON.exact) ?? .null, "reason": .string(signal.reason),
        ]
    }

    static func verdict(_ judgement: Judgement) -> JSON {
        var pairs: [(String, JSON)] = [
            ("proposal", .int(judgement.proposal)), ("action", .string(judgement.action.rawValue)),
        ]
        switch judgement.verdict {
        case .allowed:
            pairs.append(("allowed", true))
            pairs.append(("order", judgement.order.map { .int($0.sequence) } ?? .null))
        case .denied(let denial):
            pairs.append(("allowed", false))
            pairs.append(("code", .string(denial.code)))
            pairs.append(("numbers", .object(denial.numbers)))
            pairs.append(("sentence", .string(denial.sentence)))
        }
        return .object(pairs)
    }

    static func order(_ order: Order, _ names: [String]) -> JSON {
        [
            "number": .int(order.number.sequence), "instrument": .string(name(order.instrument, names)),
            "quantity": .decimal(order.quantity), "kind": .string(order.kind.name),
            "price": order.kind.price.map { .decimal($0) } ?? .null, "reduce_only": .bool(order.reduceOnly),
            "purpose": .string(order.purpose.rawValue),
        ]
    }

    static func fill(_ fill: Fill, _ names: [String]) -> JSON {
        [
            "order": .int(fill.order.sequence), "instrument": .string(name(fill.instrument, names)),
            "quantity": .decimal(fill.quantity), "price": .decimal(fill.price), "fee": .decimal(fill.fee),
            "maker": .bool(fill.isMaker), "purpose": .string(fill.purpose.rawValue), "time": .int(fill.at),
        ]
    }

    static func rejection(_ rejected: RejectedOrder) -> JSON {
        [
            "order": .int(rejected.order.sequence), "code": .string(rejected.rejection.rawValue),
            "time": .int(rejected.at),
        ]
    }

    static func halt(_ halt: Halt) -> JSON {
        [
            "kind": .string(halt.kind.rawValue), "time": .int(halt.at), "equity": .decimal(halt.equity),
            "threshold": .decimal(halt.threshold), "until": halt.until.map { .int($0) } ?? .null,
        ]
    }

    static func name(_ instrument: Int, _ names: [String]) -> String {
        names.indices.contains(instrument) ? names[instrument] : "#\(instrument)"
    }
}
