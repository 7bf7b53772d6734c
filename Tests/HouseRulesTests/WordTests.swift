internal import Foundation
internal import Testing

/// Words that do not belong in the source, with what to write instead.
@Suite struct WordTests {
    private struct Ban {
        let pattern: String
        let instead: String
        /// Where it is right after all, and why: a path prefix each.
        var exceptions: [(prefix: String, reason: String)] = []
    }

    private static let bans: [Ban] = [
        Ban(pattern: #"\b(async|await)\b"#, instead: "block on a thread that owns its connection (docs/decisions/0001)"),
        Ban(pattern: #"\bTask\s*[.{<(]"#, instead: "start a thread or enqueue a job (docs/decisions/0001)"),
        Ban(pattern: #"\bDispatch(Queue|Group|Semaphore|Source)\b"#, instead: "use a thread, a Mutex or a condition"),
        Ban(pattern: #"^\s*(public |internal |private |final )*actor\s+[A-Z]"#, instead: "use a final class with a Mutex"),
        Ban(pattern: #"\btry!"#, instead: "handle the error; a trap ends every tenant's work in this process"),
        Ban(pattern: #"\bas!"#, instead: "use as? and handle nil"),
        Ban(pattern: #"@unchecked\b"#, instead: "make it Sendable with a Mutex or an Atomic"),
        Ban(pattern: #"nonisolated\s*\(\s*unsafe\s*\)"#, instead: "use a let, a Mutex or an Atomic"),
        Ban(pattern: #"\bunsafeBitCast\b"#, instead: "convert the value"),
        Ban(pattern: #"@preconcurrency\b"#, instead: "wrap the type"),
        Ban(pattern: #"\bfatalError\s*\("#, instead: "throw, or preconditionFailure(\"Invariant: …\") for our own mistakes", exceptions: [
            ("Sources/tradecraft-sandbox/", "ends the sandbox of one run alone, which the engine reports"),
        ]),
        Ban(pattern: #"\b(struct|class|enum|protocol|typealias)\s+\w*(Manager|Utils?|Utilities|Service|Core|Info)\b"#,
            instead: "name the type after what it is: Table, Routes, Pages, API, Worker, or the thing itself"),
        Ban(pattern: #"\b(struct|class|enum|protocol)\s+Base[A-Z]"#, instead: "name the type after what it is, without Base"),
    ]

    @Test func sourcesAvoidBannedWords() throws {
        let compiled = try Self.bans.map { (ban: $0, regex: try Regex($0.pattern)) }
        var breaches: [Breach] = []
        for path in SourceTree.paths(under: "Sources", ending: ".swift") {
            for (number, line) in SourceTree.numbered(SwiftCode(path: path).text) {
                for (ban, regex) in compiled where line.contains(regex) {
                    if ban.exceptions.contains(where: { path.hasPrefix($0.prefix) }) { continue }
                    let word = line.firstMatch(of: regex).map { String(line[$0.range]) } ?? ban.pattern
                    breaches.append(Breach(path: path, line: number, message: "not `\(word)`: \(ban.instead)"))
                }
            }
        }
        #expect(breaches.isEmpty, "\(told(breaches))")
    }

    /// The scanner sees code, not what comments and texts say.
    @Test func scannerSeesCodeAlone() {
        let code = SwiftCode("""
            let a = "try! \\(b(")", "x")) as! " // await
            /* actor /* nested */ async */ let c = #"fatalError(\\(d)"# + \"\"\"
                Task { \\(try! e)
                \"\"\"
            let f = 1
            """).text
        #expect(!code.contains("await") && !code.contains("async") && !code.contains("fatalError") && !code.contains("Task"))
        #expect(code.contains("b(") && code.contains("try! e") && code.contains("let f = 1") && !code.contains("as!"))
        #expect(code.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
    }

    /// Put together from halves: this file is searched too.
    private static let foreignWords = [
        "/wo" + "rk/", "/ro" + "ot/", "sub" + "agent", "py" + "pi.org", "python" + "hosted.org", "npm" + "js.org",
        "proxy.go" + "lang.org", "crates" + ".io",
    ]
    private static let unfinishedWords = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]

    @Test func filesSpeakOfTheProductAlone() throws {
        let unfinished = try Regex(#"\b("# + Self.unfinishedWords.joined(separator: "|") + #")\b"#)
        var breaches: [Breach] = []
        for path in SourceTree.paths() {
            for (number, line) in SourceTree.lines(path) {
                for word in Self.foreignWords where line.lowercased().contains(word) {
                    breaches.append(Breach(path: path, line: number, message: "`\(word)` belongs to a machine, not to the product"))
                }
                if line.contains(unfinished) {
                    breaches.append(Breach(path: path, line: number, message: "finish it or leave it out"))
                }
            }
        }
        #expect(breaches.isEmpty, "\(told(breaches))")
    }
}
