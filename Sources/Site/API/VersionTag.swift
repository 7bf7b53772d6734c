internal import Base
internal import HTTP

/// The `ETag` of something that has versions, `"3-8c1f…"`: its version, and a digest of what else the answer says.
///
/// A reader asks with the whole tag (`If-None-Match`). A writer (`If-Match`) is held to the version alone: that somebody
/// published meanwhile changes the answer, not what would be overwritten.
enum VersionTag {
    /// Gives `response` its tag.
    static func write(version: Int, to response: inout Response) {
        response.headers.set("etag", "\"\(version)-\(Digest.of(response.bytes).hex.prefix(16))\"")
    }

    /// Refuses a write whose `If-Match` names another version than `version`. Without the header everything passes, and so
    /// does `*` for whatever is there.
    static func check(_ request: Request, version: Int) throws(Problem) {
        let sent = request.headers.all("if-match")
        guard !sent.isEmpty else { return }
        let tags = sent.joined(separator: ",").split(separator: ",").map { part in String(part.filter { $0 != " " && $0 != "\t" }) }
        // Weak tags never match here (RFC 9110, 13.1.1).
        let matches = tags.contains { tag in tag == "*" || (tag.hasPrefix("\"\(version)-") && tag.hasSuffix("\"")) }
        guard matches else {
            throw Problem(
                status: 412, detail: "It is at version \(version) by now. Read it again, put your change into what is there, and send that.",
                type: "/docs/api#conditional-requests")
        }
    }
}
