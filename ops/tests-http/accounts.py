"""Sign-up, log-in, log-out, as a browser does them."""
import re
import threading
import time
import uuid

from gateway import standing
from stand import Browser

PASSWORD = "seven quiet harbours"


def member(s):
    """Somebody new, logged in; the browser and the handle."""
    handle = "m" + uuid.uuid4().hex[:12]
    b = Browser(s)
    answer = b.send("/signup", email=f"{handle}@example.org", handle=handle, password=PASSWORD)
    assert answer.status == 303 and answer.header("Location") == "/studio", (answer.status, answer.text[-600:])
    return b, handle


def test_sign_up_log_out_log_in(place, database):
    with standing(place, database) as s:
        b, handle = member(s)
        assert "@" + handle in b.get("/account").text
        token = b.cookies["tc_session"]
        assert database.tool(f"SELECT count(*) FROM login_sessions WHERE token_sha256 = sha256('{token}')", database.web) == "1"
        assert token not in database.tool("SELECT string_agg(login_sessions::text, ' ') FROM login_sessions", database.web)
        assert b.send("/logout", form_at="/account").status == 303
        assert "tc_session" not in b.cookies
        b.cookies["tc_session"] = token
        assert b.get("/account").status == 303, "the session is gone on the server too"
        b.cookies.clear()
        answer = b.send("/login", form_at="/login?next=/account", email=f"{handle}@example.org".upper(), password=PASSWORD, next="/account")
        assert (answer.status, answer.header("Location")) == (303, "/account")
        assert b.cookies["tc_session"] != token, "a new token for every log-in"
        cookie = answer.header("Set-Cookie")
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie


def test_members_pages_ask_to_log_in(place, database):
    with standing(place, database) as s:
        answer = s.get("/account")
        assert (answer.status, answer.header("Location")) == (303, "/login?next=%2Faccount")
        assert s.get("/account", headers={"Cookie": "tc_session=" + "A" * 43}).status == 303
        assert s.get("/account", headers={"Accept": "application/json"}).status == 401


def test_errors_keep_what_was_typed(place, database):
    with standing(place, database) as s:
        answer = Browser(s).send("/signup", email="not an address", handle="X--y", password="sh0rt!")
        assert answer.status == 422
        for field in ["email", "handle", "password"]:
            assert f'href="#{field}"' in answer.text, field
            assert f'id="{field}-error"' in answer.text, field
        assert 'value="not an address"' in answer.text and 'value="X--y"' in answer.text
        assert "sh0rt!" not in answer.text, "a password is never shown again"
        b, handle = member(s)
        again = Browser(s).send("/signup", email=f"{handle}@example.org", handle="other-name", password=PASSWORD)
        assert again.status == 422 and "There is an account" in again.text
        taken = Browser(s).send("/signup", email="free-one@example.org", handle=handle, password=PASSWORD)
        assert taken.status == 422 and "is taken" in taken.text
        for bad in ["admin", "ab", "-ab", "a--b", "a_b", "x" * 31]:
            assert Browser(s).send("/signup", email="c@example.org", handle=bad, password=PASSWORD).status == 422, bad
        assert Browser(s).send("/signup", email="c@example.org", handle="fine-one", password="password123").status == 422


def test_next_stays_on_this_site(place, database):
    with standing(place, database) as s:
        b, handle = member(s)
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y"]:
            other = Browser(s)
            answer = other.send("/login", email=f"{handle}@example.org", password=PASSWORD, next=bad)
            assert answer.header("Location") == "/studio", (bad, answer.header("Location"))


def test_wrong_password_and_unknown_member_look_alike(place, database):
    with standing(place, database) as s:
        _, handle = member(s)
        times = {"known": [], "unknown": []}
        texts = set()
        b = Browser(s)
        for _ in range(6):
            for kind, email in [("known", f"{handle}@example.org"), ("unknown", "nobody-here@example.org")]:
                page = b.get("/login").text
                token = re.search(r'name="form_token" value="([^"]+)"', page).group(1)
                start = time.monotonic()
                answer = b.request("/login", "POST", {"email": email, "password": "wrong wrong wrong", "form_token": token})
                times[kind].append(time.monotonic() - start)
                assert answer.status == 422
                texts.add(re.search(r'id="email-error">([^<]+)<', answer.text).group(1))
        assert len(texts) == 1
        known, unknown = (sorted(v)[len(v) // 2] for v in (times["known"], times["unknown"]))
        assert unknown > known * 0.5, f"known {known:.3f} s, unknown {unknown:.3f} s"


def test_forged_forms_are_refused(place, database):
    with standing(place, database) as s:
        b, handle = member(s)
        ours = f"http://127.0.0.1:{s.port}"
        token = re.search(r'name="form_token" value="([^"]+)"', b.get("/account").text).group(1)
        assert b.request("/logout", "POST", {}).status == 403
        assert b.request("/logout", "POST", {"form_token": "A" * 43}).status == 403
        good = {"form_token": token}
        for headers in [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": ours, "Sec-Fetch-Site": "cross-site"},
                        {"Origin": ours, "Sec-Fetch-Site": "same-site"}]:
            assert b.request("/logout", "POST", good, headers=headers).status == 403, headers
        other, _ = member(s)
        theirs = re.search(r'name="form_token" value="([^"]+)"', other.get("/account").text).group(1)
        assert b.request("/logout", "POST", {"form_token": theirs}).status == 403, "a token of another session"
        assert b.get("/account").status == 200
        assert b.request("/logout", "POST", good, headers={"Origin": ours, "Sec-Fetch-Site": "same-origin"}).status == 303


def test_log_in_flood_leaves_pages_fast(place, database):
    """Forty at once: some are let in, the rest get 429 with Retry-After, and pages stay fast."""
    with standing(place, database, processes=2, threads=8) as s:
        _, handle = member(s)
        results, pages, lock = [], [], threading.Lock()

        def attempt():
            b = Browser(s)
            token = re.search(r'name="form_token" value="([^"]+)"', b.get("/login").text).group(1)
            barrier.wait()
            start = time.monotonic()
            answer = b.request("/login", "POST", {"email": f"{handle}@example.org", "password": PASSWORD, "form_token": token})
            with lock:
                results.append((answer.status, time.monotonic() - start, answer.header("Retry-After")))
        barrier = threading.Barrier(40)
        threads = [threading.Thread(target=attempt) for _ in range(40)]
        for t in threads:
            t.start()
        while any(t.is_alive() for t in threads):
            start = time.monotonic()
            s.get("/healthz")
            pages.append(time.monotonic() - start)
        for t in threads:
            t.join()
        let_in = [r for r in results if r[0] == 303]
        refused = [r for r in results if r[0] == 429]
        assert len(let_in) + len(refused) == 40, results
        assert len(let_in) >= 2 and refused, results
        assert all(r[2] for r in refused), "Retry-After"
        assert max(pages) < 2, f"slowest page {max(pages):.2f} s"
