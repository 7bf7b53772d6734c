internal import Base

/// The addresses pages link to and forms post to, in one place; the routes answer the same ones.
enum Paths {
    static let signUp = "/signup"
    static let logIn = "/login"
    static let browse = "/skills"
    static let studio = "/studio"
    static let newSkill = "/studio/skills/new"
    /// POST: creates a draft from a template.
    static let skills = "/studio/skills"
    static let docs = "/docs"

    static func author(_ handle: String) -> String { "/@\(encoded(handle))" }
    static func listing(_ skill: SkillName) -> String { "/@\(encoded(skill.handle))/\(encoded(skill.slug))" }
    static func version(_ skill: SkillName, _ number: Int) -> String { listing(skill) + "/v/\(number)" }
    static func diff(_ skill: SkillName, _ from: Int, _ to: Int) -> String { listing(skill) + "/diff/\(from)...\(to)" }
    static func lineage(_ skill: SkillName) -> String { listing(skill) + "/lineage" }
    /// POST: copies the skill into the member's studio.
    static func forks(_ skill: SkillName) -> String { listing(skill) + "/forks" }
    /// POST: queues a run of a published version.
    static func runs(of skill: SkillName) -> String { listing(skill) + "/runs" }

    static func run(_ id: ID<Run>) -> String { "/runs/\(id)" }
    static func decision(_ id: ID<Run>, _ number: Int) -> String { run(id) + "/decisions/\(number)" }
    /// GET: `EquitySeries` as JSON, for the chart script.
    static func equity(_ id: ID<Run>) -> String { run(id) + "/equity.json" }
    /// GET: `CandleSeries` as JSON, for the chart script.
    static func candles(_ id: ID<Run>, _ instrument: String) -> String {
        run(id) + "/candles.json?instrument=\(encoded(instrument))"
    }
    static func trades(_ id: ID<Run>) -> String { run(id) + "/trades.csv" }
    /// GET: state and progress as JSON; the fallback of `events`.
    static func progress(_ id: ID<Run>) -> String { run(id) + "/progress.json" }
    /// GET: state and progress as server-sent events.
    static func events(_ id: ID<Run>) -> String { run(id) + "/events" }
    /// POST: asks a queued or running run to stop.
    static func cancellation(_ id: ID<Run>) -> String { run(id) + "/cancellation" }
    static func compare(_ a: ID<Run>, _ b: ID<Run>) -> String { "/compare?run=\(a)&run=\(b)" }

    static func editor(_ slug: String) -> String { "/studio/skills/\(encoded(slug))" }
    /// POST: queues a run of the saved draft.
    static func draftRuns(_ slug: String) -> String { editor(slug) + "/runs" }
    /// POST: makes the saved draft the next public version.
    static func publication(_ slug: String) -> String { editor(slug) + "/publication" }

    /// Percent-encodes everything but unreserved characters (RFC 3986), so that a name stays one path segment.
    static func encoded(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                 UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                out += "%" + hex([byte]).uppercased()
            }
        }
        return out
    }
}

/// `@handle/slug`, the public name of a skill.
struct SkillName: Sendable, Hashable {
    let handle: String
    let slug: String
    /// `@handle/slug`.
    var text: String { "@\(handle)/\(slug)" }
}
