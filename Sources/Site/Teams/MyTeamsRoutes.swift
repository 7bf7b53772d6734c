internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// The teams of a person: which there are, for which the browser works, a new one, the way out.
enum MyTeamsRoutes {
    static let path = "/account/teams"

    static let routes: [Route] = [
        .account(.get, "/account/teams", Requirement(), list),
        .account(.get, "/account/teams/new", Requirement(verified: true), form),
        .steps(.post, "/account/teams", Requirement(verified: true), account: create),
        .account(.post, "/account/tenant", Requirement(), switchTenant),
        .account(.post, "/account/teams/:id/leaving", Requirement(), leave),
    ]

    private static func list(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        try page(context, tx, done: context.request.query["done"].flatMap { TeamPages.Done(rawValue: $0) })
    }

    private static func form(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response { formPage(context, .init()) }

    private static func create(_ context: AccountContext, _ database: Database) throws -> Response {
        let form = try context.form()
        var model = MyTeamsPages.NewTeam(name: form.text("name"), handle: form.text("handle"))
        var name: TeamName?
        do { name = try TeamName(model.name) } catch { model.errors.append(.init(field: "name", message: error.sentence)) }
        var handle: Handle?
        do { handle = try Handle(model.handle) } catch { model.errors.append(.init(field: "handle", message: error.sentence)) }
        guard model.errors.isEmpty, let name, let handle else { return formPage(context, model, status: 422) }
        do {
            try database.transaction(.tenant(context.home), .readWrite) { try make(handle, name, context, $0) }
        } catch let refusal as TeamRefusal {
            model.errors = [.init(field: refusal.field ?? "name", message: refusal.sentence)]
            return formPage(context, model, status: refusal.problem.status)
        }
        return .redirect(to: "\(TeamRoutes.path)?done=\(TeamPages.Done.made.rawValue)")
    }

    private static func make(_ handle: Handle, _ name: TeamName, _ context: AccountContext, _ tx: borrowing Transaction) throws {
        var random = SystemRandomNumberGenerator()
        let team = ID<Tenant>(at: context.now, random: &random)
        try TeamActs.make(team, handle: handle, name: name, maker: context.member.member, home: context.home, at: context.now, in: tx)
        try ActingTenant.run(as: team, backTo: context.home, in: tx) { tx in
            try context.audit(.teamMade, of: .init("tenant", team.description), tenant: team, in: tx)
        }
        try workFor(team, context, tx)
    }

    private static func switchTenant(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let form = try context.form()
        let wanted = form["tenant"].flatMap { ID<Tenant>($0) }
        let places = try MembershipTable.places(of: context.member.member, in: tx)
        guard let place = places.first(where: { $0.tenant == wanted }) else { throw Problem.notFound }
        try workFor(place.tenant, context, tx)
        let next = form["next"].flatMap { Response.isLocal($0) ? $0 : nil }
        return .redirect(to: next ?? (place.isTeam ? TeamRoutes.path : path))
    }

    private static func leave(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let team: ID<Tenant> = try context.id("id")
        let member = context.member.member
        do {
            _ = try TeamActs.leave(team, member: member, home: context.home, in: tx)
        } catch TeamRefusal.lastOwner {
            return try page(context, tx, errors: [.init(field: "teams", message: TeamRefusal.lastOwner.sentence)], status: 409)
        }
        try ActingTenant.run(as: team, backTo: context.home, in: tx) { tx in
            try context.audit(.memberLeft, of: .init("member", member.description), tenant: team, in: tx)
        }
        return .redirect(to: "\(path)?done=\(TeamPages.Done.left.rawValue)")
    }

    // MARK: What the handlers share

    /// The browser works for `tenant` from its next request on. The caller has checked the membership.
    private static func workFor(_ tenant: ID<Tenant>, _ context: AccountContext, _ tx: borrowing Transaction) throws {
        guard let session = context.who.session else { throw Problem.notFound }
        try LoginSessionTable.switchTenant(session, home: context.home, to: tenant, in: tx)
        try context.audit(.tenantSwitched, of: .init("tenant", tenant.description), in: tx)
    }

    static func page(
        _ context: AccountContext, _ tx: borrowing Transaction, done: TeamPages.Done? = nil, errors: [FieldError] = [], status: Int = 200
    ) throws -> Response {
        let isVerified = context.member.isVerified
        let model = MyTeamsPages.Model(
            places: try MembershipTable.places(of: context.member.member, in: tx),
            invitations: isVerified ? try InvitationTable.list(for: context.member.email, at: context.now, in: tx) : [],
            viewer: context.who, done: done, errors: errors, token: context.formTokenField)
        return AccountLayout.page(context, current: .team, title: "Your teams", body: MyTeamsPages.show(model), status: status)
    }

    private static func formPage(_ context: AccountContext, _ model: MyTeamsPages.NewTeam, status: Int = 200) -> Response {
        AccountLayout.page(
            context, current: .team, title: "Make a team", body: MyTeamsPages.form(model, token: context.formTokenField), status: status)
    }
}
