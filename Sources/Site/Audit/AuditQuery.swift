internal import Base
internal import HTTP
internal import Marketplace
internal import Storage

/// What a reader of the audit log asked for, from the address or from a form.
struct AuditQuery {
    let filter: AuditEntryTable.Filter
    /// As typed, for the form.
    let action: String
    let actor: String
    let outcome: String
    let from: String
    let until: String
    /// Admins: the handle of one tenant.
    let tenant: String
    /// Where the page before ended.
    let cursor: String?
    let errors: [Problem.FieldError]

    init(_ fields: Fields) {
        var errors: [Problem.FieldError] = []
        func text(_ name: String) -> String { String(fields.text(name).prefix(100)) }
        func day(_ name: String) -> CalendarDate? {
            let typed = text(name)
            guard !typed.isEmpty else { return nil }
            guard let day = CalendarDate(typed) else {
                errors.append(.init(name, "Give a day such as 2026-11-22."))
                return nil
            }
            return day
        }
        let action = text("action")
        self.action = action
        actor = text("actor")
        outcome = text("outcome")
        from = text("from")
        until = text("until")
        tenant = text("tenant").hasPrefix("@") ? String(text("tenant").dropFirst()) : text("tenant")
        cursor = fields["cursor"].flatMap { $0.isEmpty ? nil : $0 }
        var filter = AuditEntryTable.Filter()
        if !action.isEmpty {
            if AuditWords.groups.contains(where: { $0.value == action }) || AuditAction(rawValue: action) != nil {
                filter.action = action
            } else {
                errors.append(.init("action", "Choose one of the kinds, or an action such as token.made."))
            }
        }
        if !actor.isEmpty {
            filter.actor = ID<Member>(actor)
            if filter.actor == nil { errors.append(.init("actor", "Choose a member.")) }
        }
        if !outcome.isEmpty {
            filter.outcome = AuditEvent.Outcome(rawValue: outcome)
            if filter.outcome == nil { errors.append(.init("outcome", "Choose done or refused.")) }
        }
        filter.from = day("from")?.start
        filter.until = day("until").map { $0.start.advanced(byMilliseconds: Instant.millisecondsPerDay) }
        self.filter = filter
        self.errors = errors
    }

    /// What is in force, as names and values.
    var pairs: [(name: String, value: String)] {
        [("action", action), ("actor", actor), ("outcome", outcome), ("from", from), ("until", until), ("tenant", tenant)]
            .filter { !$0.1.isEmpty }.map { (name: $0.0, value: $0.1) }
    }

    /// The address of `path` with this query, from `cursor` on.
    func address(_ path: String, cursor: String?) -> String {
        let all = pairs + (cursor.map { [(name: "cursor", value: $0)] } ?? [])
        return all.isEmpty ? path : path + "?" + all.map { $0.name + "=" + PercentCoding.encode($0.value) }.joined(separator: "&")
    }

    /// As programs ask: they name only what they mean, while a form sends every field, so an empty filter is a mistake.
    /// Throws 422 with everything that is wrong.
    static func asked(_ fields: Fields) throws(Problem) -> AuditQuery {
        let query = AuditQuery(fields)
        let empty = ["action", "actor", "outcome", "from", "until", "tenant"].filter { fields[$0] != nil && fields.text($0).isEmpty }
        let errors = query.errors + empty.map { .init($0, "Give a value, or leave this out.") }
        guard errors.isEmpty else { throw .invalid(errors) }
        return query
    }

    /// Throws 422 with everything that is wrong.
    func check() throws(Problem) {
        guard errors.isEmpty else { throw .invalid(errors) }
    }
}
