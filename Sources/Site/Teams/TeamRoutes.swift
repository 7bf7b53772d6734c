internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// The team that the browser works for: its page, its name and rules, its end.
enum TeamRoutes {
    static let path = "/account/team"

    static let routes: [Route] = [
        .member(.get, "/account/team", Requirement(.read), show),
        .member(.post, "/account/team/name", Requirement(.manageTenant), rename),
        .member(.post, "/account/team/second-factor", Requirement(.manageTenant, factor: true, proof: true), requireFactor),
        .member(.post, "/account/team/deletion", Requirement(.manageTenant, proof: true), delete),
    ]

    private static func show(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        try page(context, tx, done: context.request.query["done"].flatMap { TeamPages.Done(rawValue: $0) })
    }

    private static func rename(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let typed = try context.form().text("name")
        let name: TeamName
        do {
            name = try TeamName(typed)
        } catch {
            return try page(context, tx, draft: .init(name: typed, errors: [.init(field: "name", message: error.sentence)]), status: 422)
        }
        return try act(context, tx, done: .renamed) { tx in
            try TeamActs.rename(name, by: context.member.member, in: tx)
            try context.audit(.teamRenamed, of: .init("tenant", context.tenant.description), in: tx)
        }
    }

    private static func requireFactor(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let isRequired = try context.form().isOn("required")
        return try act(context, tx, done: isRequired ? .factorRequired : .factorOptional) { tx in
            try TeamActs.requireSecondFactor(
                isRequired, by: context.member.member, hasFactor: context.member.hasSecondFactor, in: tx)
            try context.audit(
                isRequired ? .secondFactorRequired : .secondFactorOptional, of: .init("tenant", context.tenant.description), in: tx)
        }
    }

    private static func delete(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let typed = try context.form().text("confirmation")
        return try act(context, tx, done: .deleted, next: MyTeamsRoutes.path) { try TeamDeeds.delete(typed: typed, context, $0) }
    }

    // MARK: What the handlers share

    /// Runs `body`, then leads to `next`, which says that it is `done`. What the domain refuses is told on the team's page.
    static func act(
        _ context: MemberContext, _ tx: borrowing Transaction, done: TeamPages.Done, next: String = path,
        draft: TeamPages.Draft = .init(), _ body: (borrowing Transaction) throws -> Void
    ) throws -> Response {
        do {
            try body(tx)
        } catch let refusal as TeamRefusal {
            // What is not there, and whoever is no owner any more, gets no page of the team's.
            if refusal == .notFound || refusal == .ownersOnly { throw refusal }
            var draft = draft
            draft.errors.append(.init(field: refusal.field ?? "team", message: refusal.sentence))
            return try page(context, tx, draft: draft, status: refusal.problem.status)
        }
        return .redirect(to: "\(next)?done=\(done.rawValue)")
    }

    static func page(
        _ context: MemberContext, _ tx: borrowing Transaction, done: TeamPages.Done? = nil, draft: TeamPages.Draft = .init(),
        status: Int = 200
    ) throws -> Response {
        guard context.who.acting.isTeam, let team = try TeamTable.find(context.tenant, in: tx) else {
            let body = TeamPages.personal(handle: context.handle, errors: draft.errors)
            return AccountLayout.page(context, current: .team, title: "Team", body: body, status: status)
        }
        let isOwner = context.role == .owner
        let model = TeamPages.Model(
            team: team, members: try MembershipTable.list(in: tx).sorted { $0.handle < $1.handle },
            invitations: isOwner ? try InvitationTable.list(at: context.now, in: tx) : [],
            hasPublished: isOwner ? try TeamTable.hasPublished(in: tx) : false, viewer: context.who, done: done, draft: draft,
            token: context.formTokenField)
        return AccountLayout.page(context, current: .team, title: team.displayName, body: TeamPages.show(model), status: status)
    }
}
