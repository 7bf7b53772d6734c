public import Base

/// An event as the transparency log commits to it: every column of its row, exactly as stored.
///
/// The columns are text, so that a row that nobody of ours wrote can be told too, instead of failing to decode.
public struct AuditLeaf: Sendable, Hashable {
    /// The version of this encoding; a change of any member's meaning makes another.
    public static let type = "audit/1"

    public var tenant: String
    public var id: String
    /// UTC to the microsecond: `2026-11-22T19:51:17.123000Z`.
    public var at: String
    public var actor: String?
    public var actorKind: String
    public var action: String
    public var objectKind: String?
    public var objectID: String?
    public var outcome: String
    public var requestID: String
    /// Canonical JSON (RFC 8785) of an object.
    public var details: String
    /// 64 hexadecimal digits.
    public var placeSHA256: String

    public init(
        tenant: String, id: String, at: String, actor: String?, actorKind: String, action: String, objectKind: String?,
        objectID: String?, outcome: String, requestID: String, details: String, placeSHA256: String
    ) {
        self.tenant = tenant
        self.id = id
        self.at = at
        self.actor = actor
        self.actorKind = actorKind
        self.action = action
        self.objectKind = objectKind
        self.objectID = objectID
        self.outcome = outcome
        self.requestID = requestID
        self.details = details
        self.placeSHA256 = placeSHA256
    }

    /// What is hashed: the canonical JSON of all members. Different rows have different bytes: details that are not
    /// canonical JSON stand as a text in place of an object.
    public var bytes: [UInt8] {
        JSON.object([
            ("type", .string(Self.type)), ("tenant", .string(tenant)), ("id", .string(id)), ("at", .string(at)),
            ("actor", .optional(actor)), ("actor_kind", .string(actorKind)), ("action", .string(action)),
            ("object_kind", .optional(objectKind)), ("object_id", .optional(objectID)), ("outcome", .string(outcome)),
            ("request_id", .string(requestID)), ("details", Self.object(details) ?? .string(details)),
            ("place_sha256", .string(placeSHA256)),
        ]).canonicalBytes
    }

    /// The event's time; nil when no clock shows it.
    public var instant: Instant? { Instant(at) }

    /// Reads `bytes` back. Nil unless they are what `bytes` gives for some row.
    public init?(bytes: [UInt8]) {
        // Why it is none does not matter: whoever asks names the line.
        guard let json = try? JSON(parsing: bytes), json["type"]?.string == Self.type, let details = json["details"],
              let tenant = json["tenant"]?.string, let id = json["id"]?.string, let at = json["at"]?.string,
              let actorKind = json["actor_kind"]?.string, let action = json["action"]?.string,
              let outcome = json["outcome"]?.string, let requestID = json["request_id"]?.string,
              let place = json["place_sha256"]?.string else { return nil }
        self.init(
            tenant: tenant, id: id, at: at, actor: json["actor"]?.string, actorKind: actorKind, action: action,
            objectKind: json["object_kind"]?.string, objectID: json["object_id"]?.string, outcome: outcome,
            requestID: requestID, details: details.string ?? details.canonical, placeSHA256: place)
        guard self.bytes == bytes else { return nil }
    }

    private static func object(_ text: String) -> JSON? {
        // Absence is the answer for what is no JSON.
        guard let json = try? JSON(parsing: Array(text.utf8)), json.object != nil, json.canonicalBytes == Array(text.utf8)
        else { return nil }
        return json
    }
}
