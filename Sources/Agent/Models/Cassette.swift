public import Base

/// Recorded answers, found by the hash of their request. With it a run replays bit for bit, without a key.
public struct Cassette: Sendable, Hashable {
    /// Names the file's shape on its first line.
    public static let format = "tradecraft.cassette/1"

    private var answers: [Digest: ModelAnswer] = [:]

    public init() {}

    public var count: Int { answers.count }

    /// The answer recorded for that request.
    public func answer(to request: Digest) -> ModelAnswer? { answers[request] }

    /// Records an answer. The first one stays: what a run has already acted on is not rewritten.
    public mutating func record(_ answer: ModelAnswer, to request: Digest) {
        if answers[request] == nil { answers[request] = answer }
    }

    /// JSON lines: the format, then one answer a line, sorted by request. Equal cassettes have equal text.
    public var text: String {
        let lines = answers.map { (hash: $0.key.hex, answer: $0.value) }.sorted { $0.hash < $1.hash }.map {
            JSON.object([("request", .string($0.hash)), ("answer", $0.answer.json)]).canonical
        }
        let head: JSON = ["format": .string(Self.format)]
        return ([head.canonical] + lines).joined(separator: "\n") + "\n"
    }

    /// Why text is no cassette.
    public struct FormatError: Error, Sendable, Hashable, CustomStringConvertible {
        /// From 1.
        public let line: Int
        public let problem: String
        public var description: String { "cassette line \(line): \(problem)" }
    }

    /// The inverse of `text`. A line that is damaged or appears twice refuses the whole.
    public init(parsing text: String) throws(FormatError) {
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            if line.isEmpty { continue }
            let json: JSON
            do { json = try JSON(parsing: String(line)) } catch { throw FormatError(line: number, problem: error.description) }
            if number == 1 {
                guard json["format"]?.string == Self.format else {
                    throw FormatError(line: 1, problem: "expected the format \(Self.format)")
                }
                continue
            }
            guard let hash = json["request"]?.string.flatMap({ Digest(hex: $0) }),
                  let answer = json["answer"].flatMap(ModelAnswer.init(json:)) else {
                throw FormatError(line: number, problem: "expected a request hash and its answer")
            }
            guard answers[hash] == nil else { throw FormatError(line: number, problem: "the request \(hash.short) is recorded twice") }
            answers[hash] = answer
        }
        guard number > 0, !text.isEmpty else { throw FormatError(line: 1, problem: "expected the format \(Self.format)") }
    }
}

/// Answers from a cassette alone. A request that is not on it ends the run: nothing is made up, nobody is called.
public struct RecordedProvider: ModelProvider, Sendable {
    private let cassette: Cassette

    public init(_ cassette: Cassette) { self.cassette = cassette }

    public func answer(_ request: ModelRequest) throws -> ModelAnswer {
        let hash = request.hash
        guard let answer = cassette.answer(to: hash) else {
            throw ModelProviderError(kind: .notRecorded, message: "The recording holds no answer to request \(hash.short). "
                + "The skill, the data, the seed or the program differs from when it was made.")
        }
        return answer
    }
}

/// Passes requests on and records the answers; asks nothing twice.
public final class RecordingProvider: ModelProvider {
    private let provider: any ModelProvider
    public private(set) var cassette: Cassette

    public init(_ provider: any ModelProvider, onto cassette: Cassette = Cassette()) {
        self.provider = provider
        self.cassette = cassette
    }

    public func answer(_ request: ModelRequest) throws -> ModelAnswer {
        let hash = request.hash
        if let recorded = cassette.answer(to: hash) { return recorded }
        let answer = try provider.answer(request)
        cassette.record(answer, to: hash)
        return answer
    }
}
