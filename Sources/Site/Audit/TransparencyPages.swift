internal import Base
internal import HTTP
internal import Storage

/// The transparency log for people.
enum TransparencyPages {
    struct Model {
        let newest: LogTable.Checkpoint?
        let verifierKey: String?
        let now: Instant
    }

    /// A quiet log is signed once a minute; after three something is wrong.
    private static let silenceMilliseconds: Int64 = 180_000

    static func index(_ model: Model) -> Page {
        Page(
            title: "Transparency log", description: "A signed log of every sensitive act, which anybody can check.", section: .docs,
            canonicalPath: "/transparency",
            body: """
            <div class="page page--text"><div class="page__head"><div class="page__title"><h1>Transparency log</h1>
            <p class="page__lead">\(answer(model))</p></div></div>
            <div class="prose">
            \(newest(model))
            <h2>What this is</h2>
            <p>Every sensitive act here (a log-in, a new API token, a published version) is written into an audit log in the same \
            transaction as the act. Each entry becomes a leaf of a Merkle tree (RFC 6962), and at most a minute later a signed checkpoint \
            says how many leaves there are and what they add up to. Whoever changes, removes, reorders or back-dates an entry \
            afterwards changes the sum, and the signature no longer fits, even when they rule the database.</p>
            <p>The leaves shown here are hashes: they tell nobody who did what. The owner of an account or team reads their own entries \
            in <a href="/account/audit">their audit log</a>, each with its leaf.</p>
            <h2>Check it yourself</h2>
            <ol>
            <li>Keep a checkpoint: save <a href="/transparency/checkpoint">/transparency/checkpoint</a>, and the key it is signed with, \
            <a href="/transparency/key">/transparency/key</a>. Both are in the formats of C2SP (tlog-checkpoint, signed-note), so other \
            people's tools read them.</li>
            <li>Later, fetch the newest checkpoint and ask for the proof that the log still begins with yours: \
            <code>/api/v1/transparency/consistency?from=YOUR_SIZE&amp;to=NEW_SIZE</code>.</li>
            <li>To see that an entry of yours is in, open it in your audit log: it shows the leaf byte for byte and links to the proof, \
            <code>/api/v1/transparency/inclusion?leaf=HASH&amp;tree_size=SIZE</code>.</li>
            </ol>
            <p>Whoever runs this platform can check all of it from files alone with <code>tradecraft audit verify</code>.</p>
            <h2>What it cannot do</h2>
            <p>It shows that what was signed is still there, unchanged. It cannot show that something was written down in the first place, \
            nor bring back what was removed. If the signing key and every copy of the checkpoints fall into one hand, only a checkpoint \
            that somebody else kept tells. That is why keeping one helps everybody.</p>
            </div></div>
            """)
    }

    private static func answer(_ model: Model) -> HTML {
        guard let newest = model.newest else { return "Nothing is signed yet. The first checkpoint follows within a minute of the start." }
        let (age, overflow) = model.now.milliseconds.subtractingReportingOverflow(newest.createdAt.milliseconds)
        if overflow || age > silenceMilliseconds {
            return "The newest checkpoint is from \(Format.time(newest.createdAt, seconds: true)), although one should come every minute: the log is not being signed just now."
        }
        return "\(Format.count(newest.treeSize, "entry", "entries")) signed, the last time at \(Format.time(newest.createdAt, seconds: true))."
    }

    private static func newest(_ model: Model) -> HTML {
        guard let newest = model.newest else { return .empty }
        return """
        <h2>Newest checkpoint</h2>
        \(Pieces.facts([
            Pieces.fact("Number", "\(Format.count(newest.number))"), Pieces.fact("Entries", "\(Format.count(newest.treeSize))"),
            Pieces.fact("Root", Format.hash(newest.root)), Pieces.fact("Signed", Format.time(newest.createdAt, seconds: true)),
            Pieces.fact("Key", model.verifierKey.map { "<code class=\"transparency__key\">\($0)</code>" } ?? "none"),
        ]))
        <pre class="code code--wrap" tabindex="0" data-copy-block><code>\(newest.note)</code></pre>
        """
    }
}
