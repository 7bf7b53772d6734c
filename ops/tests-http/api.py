"""The API through nginx: tokens, limits and idempotency keys over several processes."""
import concurrent.futures
import json
import socket
import time
import uuid

from api_people import browser, call, member, skill, token
from gateway import standing
from streams import event, queued_run


def test_fifty_at_once_with_one_key_make_one_effect(place, database):
    with standing(place, database, processes=2, threads=8) as s:
        tenant, person, _ = member(database)
        text, key = token(database, tenant, person), "k-" + uuid.uuid4().hex
        body = skill("parallel")
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: call(s, "POST", "/studio/skills", body, text, key), range(50)))
        assert [a.status for a in answers] == [201] * 50, sorted(a.status for a in answers)
        assert len({a.body for a in answers}) == 1
        assert sum(a.header("Idempotent-Replayed") is None for a in answers) == 1
        assert len(call(s, "GET", "/studio/skills", token=text).json["items"]) == 1
        assert call(s, "POST", "/studio/skills", skill("another"), text, key).status == 422


def test_a_revoked_token_is_refused_in_every_process(place, database):
    with standing(place, database, processes=2) as s:
        tenant, person, _ = member(database)
        text = token(database, tenant, person)
        assert {call(s, "GET", "/runs", token=text).status for _ in range(8)} == {200}
        database.run(f"SELECT set_config('app.tenant_id', '{tenant}', false); UPDATE api_tokens SET revoked_at = now() "
                     f"WHERE tenant_id = '{tenant}'")
        assert {call(s, "GET", "/runs", token=text).status for _ in range(8)} == {401}


def test_a_revoked_token_ends_its_stream_within_a_second(place, database):
    with standing(place, database, processes=2) as s:
        tenant, person, handle = member(database)
        headers, texts = browser(s, database, tenant, person), []
        for name in ("first", "second"):
            made = call(s, "POST", "/account/tokens", {"name": name, "scopes": ["runs:read"]}, headers=headers)
            assert made.status == 201, made.text
            texts.append(made.json["token"])
        _, run = queued_run(database, handle)
        streams = []
        for text in texts:
            connection = s.connect()
            connection.request("GET", f"/api/v1/runs/{run}/events", headers={"Authorization": "Bearer " + text})
            streams.append((connection, connection.getresponse()))
            assert streams[-1][1].status == 200 and json.loads(event(streams[-1][1])["data"])["id"] == run
        (_, revoked), (connection, kept) = streams
        first = next(t for t in call(s, "GET", "/account/tokens", headers=headers).json["items"] if t["name"] == "first")
        assert call(s, "DELETE", f"/account/tokens/{first['id']}", headers=headers).status == 204
        start = time.monotonic()
        revoked.read()
        took = time.monotonic() - start
        assert took < 1, took
        database.run(f"SELECT set_config('app.tenant_id', '{tenant}', false); UPDATE runs SET progress = 0.25, state = 'running' "
                     f"WHERE run_id = '{run}'")
        assert json.loads(event(kept)["data"])["state"] == "running", "the other token's stream goes on"
        kept.close()
        connection.close()


def test_processes_count_requests_together(place, database):
    with standing(place, database, processes=2, serve_options=["--requests-per-minute-token", "30"]) as s:
        tenant, person, _ = member(database)
        text = token(database, tenant, person)
        # The minute may end meanwhile, and gives 30 more then.
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: call(s, "GET", "/runs", token=text), range(90)))
        passed = sum(a.status == 200 for a in answers)
        assert passed in (30, 60) and sum(a.status == 429 for a in answers) == 90 - passed, passed
        refused = next(a for a in answers if a.status == 429)
        assert 1 <= int(refused.header("Retry-After")) <= 60 and '"token";r=0' in refused.header("RateLimit"), refused.headers
        assert refused.header("RateLimit-Policy").startswith('"token";q=30;w=60'), refused.header("RateLimit-Policy")


def test_shared_answers_tell_nothing_of_one_reader(place, database):
    with standing(place, database) as s:
        for _ in range(3):
            answer = call(s, "GET", "/skills")
            assert answer.status == 200 and answer.header("RateLimit") is None and answer.header("RateLimit-Policy")
        assert call(s, "GET", "/skills", token="nonsense").status == 401, "the cache answers nobody who sends a token"


def test_two_authorization_headers_are_refused(place, database):
    with standing(place, database) as s:
        tenant, person, _ = member(database)
        line = f"Authorization: Bearer {token(database, tenant, person)}\r\n"
        head = f"GET /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1:{s.port}\r\nConnection: close\r\n"
        assert s.raw((head + line + "\r\n").encode()).startswith(b"HTTP/1.1 200")
        with socket.create_connection(("127.0.0.1", s.port), timeout=10) as c:
            c.sendall((head + line + line + "\r\n").encode())
            first = c.recv(4096).split(b"\r\n")[0]
        assert first.split()[1] in (b"400", b"401"), first
