public import Base

/// What was kept of a decision: when it was, and what it hashes to by itself, without the log before it.
public struct StoredDecision: Sendable, Hashable {
    /// Close time of its tick, milliseconds UTC.
    public let time: Int64
    /// The digest of the decision's canonical JSON in hexadecimal: at least its first 16 digits.
    public let hash: String

    /// A decision made at `time`.
    public init(time: Int64, hash: String) {
        self.time = time
        self.hash = hash
    }

    /// Reads a line of `decisions.jsonl`, or an item of a report's `decision_hashes`.
    public init?(_ json: JSON) {
        if let pair = json.array, pair.count == 2, let time = pair[0].int, let hash = pair[1].string {
            self.init(time: time, hash: hash)
        } else if let time = json["time"]?.int, let members = json.object {
            self.init(time: time, hash: Digest.of(.object(members.filter { $0.0 != "hash" })).hex)
        } else {
            return nil
        }
    }

    /// What a report keeps of a decision.
    static func short(_ record: DecisionRecord) -> String { String(Digest.of(record.canonical).hex.prefix(16)) }

    func matches(_ record: DecisionRecord) -> Bool {
        time == record.time && hash.count >= 16 && Digest.of(record.canonical).hex.hasPrefix(hash)
    }
}

/// Where a replay first leaves the run it should repeat, and what it was of another.
public struct FirstDifference: Sendable, Hashable, CustomStringConvertible {
    /// A fact that names a run and differs.
    public struct Field: Sendable, Hashable {
        /// `skill_hash`, `dataset_hash`, `engine`, `seed`, `model` or `recipe`.
        public let name: String
        /// As the report has it, canonical JSON.
        public let stored: String
        /// As the replay has it.
        public let replayed: String
    }

    /// The first place that differs.
    public enum Place: Sendable, Hashable {
        /// The decision at this tick is another one, missing, or new. `time` is the tick's close, milliseconds UTC.
        case decision(number: Int, time: Int64)
        /// Every decision is the same; fills, halts or equity after the last of them, which was at `time`, are not.
        case ending(after: Int64?)
        /// Nothing that happened differs: only what the run is of does.
        case identityAlone
        /// The stored report lacks this field, or it says nothing.
        case unreadable(field: String)
    }

    /// What names the run and differs.
    public let fields: [Field]
    /// Where.
    public let place: Place

    /// Sentences for people.
    public var description: String {
        let identity = fields.reduce("") {
            $0 + "\($1.name) differs: the report says \($1.stored), the replay has \($1.replayed). "
        }
        let words = switch place {
        case .decision(let number, let time):
            "The first tick that differs is \(Instant(milliseconds: time)), decision \(number)."
        case .ending(let after):
            if let after {
                "Every decision is the same up to the last, at \(Instant(milliseconds: after)); what followed is not."
            } else {
                "No decision was made, and the run ends differently."
            }
        case .identityAlone: "Every decision and the ending are the same."
        case .unreadable(let field): "The report has no usable \(field)."
        }
        return identity + words
    }

    /// The first difference between a stored report, as `RunReport.json` makes it, and `result`; nil when identical.
    public static func find(report: JSON, result: RunResult) -> FirstDifference? {
        guard let hash = report["decision_log_hash"]?.string.flatMap({ Digest(hex: $0) }) else {
            return FirstDifference(fields: [], place: .unreadable(field: "decision_log_hash"))
        }
        let header = DecisionLog.header(result.identity, dataset: result.datasetHash, recipe: result.recipe)
        var fields: [Field] = []
        for name in ["skill_hash", "dataset_hash", "engine", "seed", "model", "recipe"] {
            let stored = report[name] ?? .null
            let replayed = header[name] ?? .null
            guard stored != replayed else { continue }
            fields.append(Field(name: name, stored: stored.canonical, replayed: replayed.canonical))
        }
        if hash == result.decisionLogHash, fields.isEmpty { return nil }
        let stored = (report["decision_hashes"]?.array ?? []).map { StoredDecision($0) }
        guard report["decision_hashes"]?.array != nil, !stored.contains(nil) else {
            return FirstDifference(fields: fields, place: .unreadable(field: "decision_hashes"))
        }
        let decision = decision(stored: stored.compactMap { $0 }, result: result)
        let sameEnd = report["final_equity"] == .decimal(result.finalEquity)
            && report["trades"]?.int == Int64(result.trades.count)
        if decision == nil, !fields.isEmpty, sameEnd { return FirstDifference(fields: fields, place: .identityAlone) }
        return FirstDifference(fields: fields, place: decision ?? .ending(after: stored.last??.time))
    }

    /// The first decision that differs between what was stored and `result`; nil when all are the same.
    public static func decision(stored: [StoredDecision], result: RunResult) -> Place? {
        for (index, record) in result.decisions.enumerated() {
            guard index < stored.count else { return .decision(number: index, time: record.time) }
            guard stored[index].matches(record) else {
                return .decision(number: index, time: min(stored[index].time, record.time))
            }
        }
        guard stored.count > result.decisions.count else { return nil }
        return .decision(number: result.decisions.count, time: stored[result.decisions.count].time)
    }
}
