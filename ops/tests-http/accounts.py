"""Sign-up, log-in, log-out, as a browser does them."""
import json
import os
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
        again = Browser(s).send("/signup", email=f"{handle}@example.org", handle="o" + uuid.uuid4().hex[:12], password=PASSWORD)
        assert again.status == 303, "whether the address has an account is nobody's business"
        taken = Browser(s).send("/signup", email="free-one@example.org", handle=handle, password=PASSWORD)
        assert taken.status == 422 and "is taken" in taken.text and re.search(r"Free: @[a-z0-9-]+ or @[a-z0-9-]+<", taken.text)
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


def guess(s, name, password="wrong wrong wrong", browser=None):
    """One log-in of a browser; the answer and how long it took."""
    b = browser or Browser(s)
    page = b.get("/login").text
    token = re.search(r'name="form_token" value="([^"]+)"', page).group(1)
    start = time.monotonic()
    answer = b.request("/login", "POST", {"email": name, "password": password, "form_token": token})
    return answer, time.monotonic() - start


def fresh_throttles(database):
    """Forgets the tries of the tests before: all of them come from one network."""
    database.tool("DELETE FROM throttles", database.web)


def test_guesses_are_counted_across_processes_and_restarts(place, database):
    fresh_throttles(database)
    with standing(place, database, processes=2) as s:
        owner, handle = member(s)
        owner.send("/logout", form_at="/account")
        counted = {422: 0, 429: 0}
        lock = threading.Lock()

        def attempt():
            while True:
                answer, _ = guess(s, handle)
                if answer.status == 429 and "Too many wrong passwords" not in answer.text:
                    continue  # No place to hash: this try counts nowhere.
                with lock:
                    counted[answer.status] += 1
                return
        threads = [threading.Thread(target=attempt) for _ in range(40)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert counted == {422: 20, 429: 20}, counted
        for path in s.web_sockets:
            process = s.serving[path]
            process.kill()
            process.wait()
            os.unlink(path)
            s.serve(path)
        times = []
        for _ in range(20):
            answer, took = guess(s, handle, PASSWORD)
            assert answer.status == 429 and 0 < int(answer.header("Retry-After")) <= 3600, answer.status
            assert "Too many wrong passwords" in answer.text and "/recover" in answer.text
            times.append(took)
        assert sorted(times)[10] < 0.05, f"median refusal {sorted(times)[10]:.3f} s"
        assert guess(s, "@" + handle.upper(), PASSWORD)[0].status == 429
        answer, _ = guess(s, handle, PASSWORD, browser=owner)
        assert answer.status == 303, "strangers do not shut out a browser that is known"
    fresh_throttles(database)


def test_a_revoked_session_ends_everywhere(place, database):
    """The next request in either process is refused, and an open stream ends within a second."""
    with standing(place, database, processes=2) as s:
        here, handle = member(s)
        there = Browser(s)
        assert there.send("/login", email=handle, password=PASSWORD).status == 303
        tenant = database.tool(f"SELECT tenant_id FROM handles WHERE handle = '{handle}'", database.web)
        run = str(uuid.uuid4())
        database.tool(
            f"BEGIN; SELECT set_config('app.tenant_id', '{tenant}', true); INSERT INTO runs (tenant_id, run_id, purpose, "
            "owner_tenant_id, skill_id, version_id, version_number, skill_hash, skill_title, author_handle, skill_slug, timeframe, "
            f"universe, from_at, to_at, seed, state) VALUES ('{tenant}', '{run}', 'backtest', '{tenant}', gen_random_uuid(), "
            f"gen_random_uuid(), 1, sha256('x'), 'T', '{handle}', 't', '5m', '{{BTC}}', '2025-01-01', '2025-02-01', 1, 'queued'); "
            "COMMIT", database.web)
        cookie = "; ".join(f"{k}={v}" for k, v in there.cookies.items())
        stream = s.connect()
        stream.request("GET", f"/api/v1/runs/{run}/events", headers={"Cookie": cookie})
        response = stream.getresponse()
        assert response.status == 200 and response.readline()
        items = json.loads(here.get("/api/v1/account/sessions").text)["items"]
        assert len(items) == 2 and [i["is_current"] for i in items].count(True) == 1
        other = next(i["id"] for i in items if not i["is_current"])
        for _ in range(8):
            assert there.get("/account").status == 200
        start = time.monotonic()
        assert here.send(f"/account/sessions/{other}/revoke", form_at="/account/sessions").status == 303
        for _ in range(8):
            assert there.get("/account").status == 303, "in whichever process"
        response.read()
        took = time.monotonic() - start
        assert took < 1.5, f"the stream ended {took:.2f} s after the click"
        assert here.get("/account").status == 200
        stream.close()


def test_an_old_token_is_dead_after_a_proof(place, database):
    with standing(place, database, processes=2) as s:
        b, handle = member(s)
        tenant = database.tool(f"SELECT tenant_id FROM handles WHERE handle = '{handle}'", database.web)
        database.tool(f"BEGIN; SELECT set_config('app.tenant_id', '{tenant}', true); "
                      f"UPDATE login_sessions SET proved_at = now() - interval '6 minutes' WHERE tenant_id = '{tenant}'; COMMIT", database.web)
        old = dict(b.cookies)
        answer = b.send("/account/password", form_at="/account", new_password="eleven loud mountains", proof_password=PASSWORD)
        assert answer.status == 303, (answer.status, answer.text[-600:])
        assert b.cookies["tc_session"] != old["tc_session"] and b.get("/account").status == 200
        thief = Browser(s)
        thief.cookies = old
        for _ in range(4):
            assert thief.get("/account").status == 303
        assert guess(s, handle)[0].status == 422
        assert Browser(s).send("/login", email=handle, password="eleven loud mountains").status == 303


def test_a_double_click_makes_one_account(place, database):
    with standing(place, database, processes=2) as s:
        b = Browser(s)
        handle = "d" + uuid.uuid4().hex[:12]
        token = re.search(r'name="form_token" value="([^"]+)"', b.get("/signup").text).group(1)
        form = {"email": f"{handle}@example.org", "handle": handle, "password": PASSWORD, "form_token": token}
        answers = []

        def click():
            window = Browser(s)
            window.cookies = dict(b.cookies)
            answer = window.request("/signup", "POST", form)
            answers.append((answer.status, window.get("/account").status))
        threads = [threading.Thread(target=click) for _ in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert answers == [(303, 200), (303, 200)], answers
        assert database.tool(f"SELECT count(*) FROM members WHERE email = '{handle}@example.org'", database.web) == "1"
