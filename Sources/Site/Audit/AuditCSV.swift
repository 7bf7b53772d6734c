internal import Base
internal import Marketplace
internal import Storage

/// Audit events as comma-separated values (RFC 4180), safe to open in a spreadsheet.
enum AuditCSV {
    static let header = [
        "time", "tenant_id", "event_id", "actor_id", "actor", "actor_kind", "action", "object_kind", "object_id", "outcome", "network",
        "user_agent", "request_id", "details",
    ]

    static func line(_ entry: AuditEntryTable.Entry, actor: String) -> String {
        line([
            entry.at.description, entry.tenant.description, entry.id.description, entry.actor?.description ?? "", actor, entry.actorKind,
            entry.action, entry.objectKind ?? "", entry.objectID ?? "", entry.outcome, entry.place?.network ?? "",
            entry.place?.userAgent ?? "", entry.requestID, entry.details.canonical,
        ])
    }

    static func line(_ values: [String]) -> String { values.map(field).joined(separator: ",") + "\r\n" }

    /// A field that a spreadsheet would take for a formula gets an apostrophe in front.
    static func field(_ text: String) -> String {
        let dangerous: [Unicode.Scalar] = ["=", "+", "-", "@", "\t", "\r", "\n"]
        let safe = text.unicodeScalars.first.map { dangerous.contains($0) } == true ? "'" + text : text
        guard safe.unicodeScalars.contains(where: { $0 == "," || $0 == "\"" || $0 == "\r" || $0 == "\n" }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}
