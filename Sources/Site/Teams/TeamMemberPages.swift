internal import Base
internal import HTTP
internal import Marketplace
internal import Storage

/// One member of a team: their role, and the way out.
enum TeamMemberPages {
    static func show(_ row: MembershipTable.Row, viewer: Caller, token: HTML) -> HTML {
        let isSelf = row.member == viewer.member.member
        let path = "\(TeamRoutes.path)/members/\(row.member)"
        return """
            <p class="account__answer">@\(row.handle) is \(row.role.rawValue) of @\(viewer.handle) since \(Format.date(row.since)).\
            \(row.hasSecondFactor ? " They have a second factor." : " They have no second factor.")\(row.isActive ? .empty : " The account is suspended.")</p>
            <section class="account__section"><h2>Role</h2>
            <form class="form" method="post" action="\(url: path + "/role")">\(token)
            \(TeamPages.roles(selected: row.role))
            <div class="form__actions"><button class="button button--primary" type="submit">Save role</button>\
            <a class="button button--quiet" href="\(TeamRoutes.path)">Back to the team</a></div>
            </form></section>
            \(isSelf || row.role == .owner ? nil : transfer(row, viewer, path, token))
            <section class="account__section account__section--danger"><h2>\(isSelf ? "Leave" : "Remove @\(row.handle)")</h2>
            <p>\(isSelf ? "You lose" : "They lose") @\(viewer.handle)'s skills, runs and API tokens at once. Invitations that \(isSelf ? "you" : "they") sent are void.</p>
            \(TeamPages.button(path + "/removal", isSelf ? "Leave @\(viewer.handle)" : "Remove @\(row.handle)", kind: .danger, token: token))
            </section>
            """
    }

    private static func transfer(_ row: MembershipTable.Row, _ viewer: Caller, _ path: String, _ token: HTML) -> HTML {
        // Its own names and ids: the role above is another one.
        let options: [HTML] = Role.allCases.filter { $0 != .owner }.map { "<option value=\"\($0.rawValue)\">\($0.rawValue)</option>" }
        return """
            <section class="account__section"><h2>Transfer the team</h2>
            <p>@\(row.handle) becomes an owner and you step down, in one act.</p>
            <form class="form" method="post" action="\(url: path + "/transfer")">\(token)
            <div class="field"><label class="field__label" for="kept-role">Your role from then on</label>\
            <select class="field__input" id="kept-role" name="role">\(options)</select></div>
            <div class="form__actions"><button class="button" type="submit">Make owner and step down</button></div>
            </form></section>
            """
    }
}
