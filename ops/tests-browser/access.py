"""For everybody: accessibility rules, small screens, keyboards; and no page that misbehaves."""
import os

from playwright.sync_api import expect

from site_under_test import settle

WIDTHS = (390, 820, 1440)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def violations(site, page):
    page.evaluate(site.axe)
    found = page.evaluate("async rules => (await axe.run({runOnly: {type: 'tag', values: rules}})).violations", RULES)
    return [f"{item['id']}: {node['target']} {node['failureSummary'].splitlines()[-1].strip()}" for item in found for node in item["nodes"][:4]]


def check_all(site, width, rules=False):
    """No page scrolls sideways, nor breaks an accessibility rule; a picture of each is kept."""
    wrong = []
    for name, page in site.visit_all(viewport={"width": width, "height": 900}, color_scheme="light", reduced_motion="reduce"):
        for scheme in ("light", "dark"):
            show_in(page, scheme)
            wrong += scrolls_sideways(site, page, name, width, scheme)
            if rules:
                wrong += [f"{name} ({scheme}): {what}" for what in violations(site, page)]
        show_in(page, "light")
    assert not wrong, "\n".join(wrong)


def show_in(page, scheme):
    """Style sheets follow at once; what scripts have drawn is drawn anew."""
    if page.evaluate("scheme => matchMedia(`(prefers-color-scheme: ${scheme})`).matches", scheme):
        return
    page.emulate_media(color_scheme=scheme)
    if scheme == "dark" and page.locator("figure[data-chart]").count():
        page.reload(wait_until="load")
        settle(page)


def scrolls_sideways(site, page, name, width, scheme):
    """What is wrong, if anything, with a page as it is shown now; keeps a picture."""
    page.screenshot(path=os.path.join(site.screenshots, f"{name}-{width}-{scheme}.png"), full_page=True)
    wide, room = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"{name} at {width}: {wide} px wide, because of {too_wide(page)}"] if wide > room else []


def too_wide(page):
    return page.evaluate("""() => [...document.querySelectorAll('main *, header *, footer *')]
        .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
        .slice(0, 5).map(e => e.tagName.toLowerCase() + '.' + e.className)""")


def test_no_sideways_scroll_at_390(site):
    check_all(site, WIDTHS[0])


def test_no_sideways_scroll_at_820(site):
    check_all(site, WIDTHS[1])


def test_accessibility_rules_and_no_sideways_scroll_at_1440(site):
    check_all(site, WIDTHS[2], rules=True)


def test_pages_are_quiet_and_ask_nobody_else(site):
    """No error in the console, nothing the policy stops, no request to another host."""
    for _ in site.visit_all():
        pass
    assert not site.problems(), "\n".join(site.problems())


def test_skip_link_is_first_and_works(site):
    page = site.context().new_page()
    page.goto("/skills")
    page.keyboard.press("Tab")
    link = page.locator("a.skip-link")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)"), "the next stop is outside of main"


def test_focus_can_be_seen(site):
    """Every stop of the first forty has an outline or a shadow of its own."""
    for path in ("/", "/skills", site.examples()["listings"][0], "/signup"):
        page = site.context().new_page()
        page.goto(path)
        hidden = []
        for _ in range(40):
            page.keyboard.press("Tab")
            stop = page.evaluate("""() => { const e = document.activeElement; if (!e || e === document.body) return null;
                const s = getComputedStyle(e); return {name: e.outerHTML.slice(0, 90),
                seen: (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== 'none'} }""")
            if stop is None:
                break
            if not stop["seen"]:
                hidden.append(stop["name"])
        assert not hidden, (path, hidden)


def test_error_summary_takes_focus_and_leads_to_the_field(site):
    page = site.context().new_page()
    page.goto("/signup")
    page.get_by_label("Email").fill("not an address")
    page.keyboard.press("Enter")
    summary = page.locator(".error-summary")
    expect(summary).to_be_visible()
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.press("Enter")
    expect(page.get_by_label("Email")).to_be_focused()


def test_editor_errors_take_focus(site):
    page = site.member_context().new_page()
    page.goto(site.examples()["editor"])
    page.get_by_label("SKILL.md").fill("no front matter at all")
    page.keyboard.press("Control+s")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.press("Enter")
    expect(page.get_by_label("SKILL.md")).to_be_focused()
