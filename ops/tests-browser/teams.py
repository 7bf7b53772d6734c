"""Two people in two browsers: one makes a team, the other joins it, works in it and is taken out of it again."""
import re
import uuid

from playwright.sync_api import expect

import access
from site_under_test import PASSWORD, Member, mail_link


def member_page(site, label):
    """Somebody with a verified address, and their browser."""
    member = Member(site.stack, label, site.folder)
    member.verify()
    context = site.context()
    context.add_cookies([{"name": k, "value": v, "url": site.origin} for k, v in member.client.cookies.items()])
    return member, context.new_page()


def done(page):
    """What the page says of the act before it."""
    return page.locator(".notices[role=status]")


def make_team(page):
    """From the page of who works alone; the team's handle."""
    team = f"crew-{uuid.uuid4().hex[:8]}"
    page.goto("/account/team")
    expect(page.locator("main")).to_contain_text("You work for yourself")
    page.get_by_role("link", name="Make a team").click()
    page.get_by_label("Name", exact=True).fill("The crew")
    page.get_by_label("Handle").fill(team)
    page.get_by_role("button", name="Make the team").click()
    expect(done(page)).to_contain_text("You work for it now")
    expect(page.locator(".site-header__account")).to_contain_text(f"@{team}")
    return team


def make_skill(page):
    """The address of its editor."""
    page.goto("/studio/skills/new")
    page.get_by_role("button", name=re.compile("Start with Trend")).click()
    page.wait_for_url(re.compile(r"/studio/skills/(?!new)[^/]+$"))
    return page.url


def invite(page, email, role):
    page.goto("/account/team")
    page.get_by_label("Mail address").fill(email)
    page.get_by_label("Role", exact=True).select_option(role)
    page.get_by_role("button", name="Send invitation").click()
    expect(done(page)).to_contain_text("We mailed an invitation")
    expect(page.locator(".row", has_text=email)).to_contain_text(f"as {role}")


def join(site, page, link, handle, email, team):
    """From the link to the team's page: signs up with the invited address, confirms it, accepts, switches."""
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Join @{team}?")
    page.get_by_role("link", name="Sign up", exact=True).last.click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Handle").fill(handle)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    # The invitation belongs to whoever reads the mail of that address, so it waits until that is sure.
    page.wait_for_url("**/account/teams")
    expect(page.locator("main")).to_contain_text("Confirm your mail address")
    expect(page.get_by_role("button", name=f"Join @{team}")).to_have_count(0)
    page.goto(mail_link(site.folder, email, "verify"))
    page.get_by_role("button", name=re.compile("onfirm|erify")).click()
    page.wait_for_load_state()
    page.goto("/account/teams")
    page.get_by_role("button", name=f"Join @{team}").click()
    expect(done(page)).to_contain_text("You joined the team")
    page.get_by_role("button", name=f"Work for @{team}").click()
    page.wait_for_url("**/account/team")
    expect(page.locator(".account__who")).to_contain_text(f"Working for @{team} as viewer")


def look_but_not_touch(page, editor, handle, team):
    page.goto("/studio")
    expect(page.get_by_role("link", name="New skill")).to_have_count(0)
    page.locator("#mine").locator("xpath=..").locator(f"a[href='{editor_path(editor)}']").click()
    page.wait_for_url(editor)
    expect(page.get_by_label("SKILL.md")).to_be_visible()
    for name in ("Save", re.compile("Publish version"), "Run backtest"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    words = page.get_by_text(f"You are viewer of @{team}")
    assert words.count() >= 2, "saving and publishing are missing without a word"
    expect(words.first).to_contain_text("An owner can change your role")
    page.goto("/account/audit")
    expect(page.locator("main")).to_contain_text(re.compile("owner", re.I))


def editor_path(address):
    return "/" + address.split("/", 3)[3]


def member_of(page, handle):
    page.goto("/account/team")
    page.get_by_role("link", name=f"Change @{handle}").click()
    expect(page.locator(".account__answer")).to_contain_text(f"@{handle} is")


def save_a_sentence(page, editor):
    page.goto(editor)
    source = page.get_by_label("SKILL.md")
    source.fill(source.input_value() + "\nA sentence by an author of the team.\n")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".error-summary")).to_have_count(0)
    assert "by an author of the team" in page.get_by_label("SKILL.md").input_value()


def fall_back(site, page, editor, handle, team):
    """The next click of who was removed says what happened, until they have read it."""
    page.get_by_role("link", name="Studio").first.click()
    page.wait_for_url("**/studio")
    notice = page.locator(".lost-team")
    expect(notice).to_contain_text(f"You are no longer in @{team}")
    expect(notice).to_contain_text(f"your own account, @{handle}")
    expect(page.locator(".site-header__account")).to_have_text(f"@{handle}")
    expect(page.locator("main")).to_contain_text("You have no skill yet")
    # In a browser that nobody watches: the rules' own script breaks the policy that watched pages keep.
    twin = site.browser.new_context(base_url=site.origin, storage_state=page.context.storage_state())
    site.contexts.append(twin)
    wrong = look(site, twin.new_page(), {"lost-team": "/studio"})
    assert not wrong, "\n".join(wrong)
    assert page.goto(editor).status == 404, "the team's skill is still open"
    expect(notice).to_be_visible()
    page.get_by_role("button", name=f"Go on as @{handle}").click()
    page.wait_for_url("**/account/teams")
    expect(notice).to_have_count(0)
    expect(page.locator("main")).to_contain_text("You are in no team")


def look(site, page, pages):
    """What is wrong with pages by name: rules, small screens, both themes."""
    wrong = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for name, path in pages.items():
            page.goto(path)
            wrong += [f"{name} ({scheme}): {what}" for what in access.violations(site, page)]
            for width in access.WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                wrong += access.scrolls_sideways(site, page, name, width, scheme)
    page.emulate_media(color_scheme="light")
    return wrong


def test_team_invites_works_and_parts(site):
    _, owner = member_page(site, "captain")
    team = make_team(owner)
    editor = make_skill(owner)
    handle = f"mate-{uuid.uuid4().hex[:8]}"
    email = f"{handle}@example.org"
    invite(owner, email, "viewer")

    mate = site.context().new_page()
    link = mail_link(site.folder, email, "invitation")
    join(site, mate, link, handle, email, team)
    assert mate.goto(link).status == 404, "an invitation opens twice"
    look_but_not_touch(mate, editor, handle, team)

    member_of(owner, handle)
    owner.get_by_label("Role", exact=True).select_option("author")
    owner.get_by_role("button", name="Save role").click()
    expect(done(owner)).to_contain_text("The role is changed")
    save_a_sentence(mate, editor)
    owner.goto(editor)
    assert "by an author of the team" in owner.get_by_label("SKILL.md").input_value(), "the owner sees another text"

    member_of(owner, handle)
    owner.get_by_role("button", name=f"Remove @{handle}").click()
    expect(done(owner)).to_contain_text("The member is removed")
    fall_back(site, mate, editor, handle, team)

    owner.goto("/account/audit")
    for words in ("You made the team", "You invited a member", f"@{handle} joined the team", f"You changed the role of @{handle}",
                  f"@{handle} saved a version of the skill", f"You removed the member @{handle}"):
        expect(owner.locator(".audit-table")).to_contain_text(words)
    owner.get_by_role("link", name=f"You removed the member @{handle}").click()
    expect(owner.locator("main")).to_contain_text("transparency log")
    assert not site.problems(), site.problems()


def test_token_is_shown_once_works_and_is_revoked(site):
    _, page = member_page(site, "tokens")
    page.goto("/account/tokens")
    expect(page.locator("main")).to_contain_text("No tokens yet")
    page.get_by_label("Name", exact=True).fill("night runs")
    page.get_by_label(re.compile("runs:read")).check()
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_role("heading", name="Your new token")).to_be_visible()
    secret = page.locator("[aria-labelledby=new-token] pre code").first.inner_text().strip()

    def status():
        return page.request.get("/api/v1/runs", headers={"Authorization": f"Bearer {secret}"}).status
    assert status() == 200

    page.goto("/account/tokens")
    assert secret not in page.content(), "the token is shown twice"
    row = page.locator(".row", has_text="night runs")
    expect(row).to_contain_text("runs:read")
    expect(row).to_contain_text(re.compile("Last used"))
    row.get_by_role("button", name="Revoke night runs").click()
    expect(page.locator("main")).to_contain_text("No tokens yet")
    assert status() == 401
    assert not site.problems(), site.problems()


def test_pages_of_a_team_are_accessible(site):
    """With members, an open invitation and a token that was made just now, in every width and both themes."""
    member, page = member_page(site, "deckhand")
    make_team(page)
    invite(page, f"somebody.with.a.long.address.{uuid.uuid4().hex}@example.org", "trader")
    member_of(page, member.handle)
    one = editor_path(page.url)
    wrong = look(site, page, {"team-full": "/account/team", "team-member": one, "teams": "/account/teams", "team-audit": "/account/audit"})
    assert not wrong, "\n".join(wrong)

