internal import Base
internal import HTTP

/// What every page says first once somebody was taken out of the team that their browser works for: without it, the
/// team's pages would seem to have vanished, and what is written next would quietly become their own.
enum LostTeam {
    /// Nil while the browser works for what it was switched to. The button makes the change known, so it is not told again.
    static func notice(_ viewer: Caller, in frame: Frame) -> HTML? {
        guard let team = viewer.lostTeam else { return nil }
        let text: HTML = """
            <p>You were removed from it, or it was deleted. This browser now works for your own account, @\(viewer.handle): what you write, \
            run and publish belongs to you. An owner of the team can invite you again.</p>
            <form class="button-form" method="post" action="/account/tenant">\(Form.token(frame.formTokens.token()))\
            <input type="hidden" name="tenant" value="\(viewer.tenant.description)">\
            <button class="button" type="submit">Go on as @\(viewer.handle)</button></form>
            """
        return """
            <div class="lost-team" role="status">\(Pieces.notice("You are no longer in @\(team)", text, kind: .warning))</div>

            """
    }
}
