"""Reading without scripts."""
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect


def no_scripts(site, member=False):
    make = site.member_context if member else site.context
    return make(java_script_enabled=False).new_page()


def rows(page):
    return page.locator("table.table--cards tbody tr")


def test_front_reads_without_scripts(site):
    site.examples()
    page = no_scripts(site)
    # An address of its own: a copy kept from an earlier test may be older than the examples.
    page.goto("/?front-reads-without-scripts")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert rows(page).count() >= 1
    page.get_by_role("link", name="Browse all").click()
    assert urlsplit(page.url).path == "/skills"


def test_browse_searches_sorts_and_filters_without_scripts(site):
    known = site.examples()
    page = no_scripts(site)
    page.goto("/skills")
    everything = rows(page).count()
    assert everything >= len(known["listings"])
    slug = known["listings"][0].rsplit("/", 1)[1]
    page.locator("#query").fill(slug.replace("-", " "))
    page.locator("form.browse__search button").click()
    assert 1 <= rows(page).count() < everything
    assert slug in rows(page).first.inner_text()
    page.goto("/skills")
    page.locator("#sort").select_option("newest")
    page.locator("form.browse__search button").click()
    assert parse_qs(urlsplit(page.url).query)["sort"] == ["newest"]
    assert rows(page).count() == everything
    facet = page.locator(".browse__facets--wide .facet__option", has_text="Helpers alone")
    expect(facet).to_be_visible()
    facet.click()
    query = parse_qs(urlsplit(page.url).query)
    assert query["model"] == ["helpers"] and query["sort"] == ["newest"], query
    expect(page.locator(".browse__facets--wide .facet__option[aria-current]")).to_have_count(1)
    assert rows(page).count() == everything, "every skill here decides by helpers"
    page.locator(".browse__facets--wide .facet__option[aria-current]").click()
    assert "model" not in parse_qs(urlsplit(page.url).query)


def test_nothing_found_says_what_to_do(site):
    page = no_scripts(site)
    page.goto("/skills?q=zzzzqqqq")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Show all skills").click()
    assert urlsplit(page.url).path == "/skills" and not urlsplit(page.url).query


def test_listing_reads_without_scripts(site):
    page = no_scripts(site)
    page.goto(site.examples()["listings"][0])
    expect(page.locator("svg.chart__picture").first).to_be_visible()
    expect(page.locator("#evidence")).to_be_visible()
    expect(page.locator("#how")).to_be_visible()


def test_report_reads_without_scripts(site):
    page = no_scripts(site, member=True)
    page.goto(site.examples()["run"])
    expect(page.locator("#curve svg.chart__picture")).to_be_visible()
    assert page.locator("svg.chart__picture").count() >= 2, "curve and candles"
    assert page.locator("#curve svg path, #curve svg polyline").count() > 0, "an empty picture"
    for part in ("#numbers", "#months", "#trades", "#decisions", "#inputs"):
        expect(page.locator(part)).to_be_visible()


def test_editor_saves_without_scripts(site):
    page = no_scripts(site, member=True)
    page.goto(site.examples()["editor"])
    source = page.get_by_label("SKILL.md")
    source.fill("no front matter at all")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert page.get_by_label("SKILL.md").input_value().strip() == "no front matter at all"
