"""Live progress of a run through nginx and the stream workers."""
import json
import signal
import uuid

from accounts import member
from gateway import standing
from stand import wait_until


def queued_run(database, handle):
    """A run of that member's which no engine takes up; its id."""
    tenant = database.tool(f"SELECT tenant_id FROM handles WHERE handle = '{handle}'", database.web)
    run = str(uuid.uuid4())
    database.tool(
        f"BEGIN; SELECT set_config('app.tenant_id', '{tenant}', true); INSERT INTO runs (tenant_id, run_id, purpose, "
        "owner_tenant_id, skill_id, version_id, version_number, skill_hash, skill_title, author_handle, skill_slug, timeframe, "
        f"universe, from_at, to_at, seed, state) VALUES ('{tenant}', '{run}', 'backtest', '{tenant}', gen_random_uuid(), "
        f"gen_random_uuid(), 1, sha256('x'), 'T', '{handle}', 't', '5m', '{{BTC}}', '2025-01-01', '2025-02-01', 1, 'queued'); "
        "COMMIT", database.web)
    return tenant, run


def change(database, tenant, run, values):
    database.tool(f"BEGIN; SELECT set_config('app.tenant_id', '{tenant}', true); UPDATE runs SET {values} "
                  f"WHERE run_id = '{run}'; COMMIT", database.web.replace("tradecraft_web", "tradecraft_engine"))


def opened(s, browser, run):
    connection = s.connect()
    cookie = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
    connection.request("GET", f"/api/v1/runs/{run}/events", headers={"Cookie": cookie})
    return connection, connection.getresponse()


def event(response):
    """The next event that is no comment, as a dictionary."""
    found = {}
    while True:
        line = response.readline().decode().rstrip("\n")
        if line == "" and found:
            return found
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value


def test_progress_reaches_its_reader_alone(place, database):
    with standing(place, database) as s:
        reader, handle = member(s)
        other, _ = member(s)
        tenant, run = queued_run(database, handle)
        connection, response = opened(s, reader, run)
        assert response.status == 200 and response.headers["Content-Type"].startswith("text/event-stream")
        assert response.headers["Cache-Control"] == "no-store"
        first = event(response)
        assert first["event"] == "progress" and json.loads(first["data"])
        change(database, tenant, run, "progress = 0.5, state = 'running'")
        second = event(response)
        assert second["id"] != first["id"], second
        connection.close()
        assert opened(s, other, run)[1].status == 404
        assert s.get(f"/api/v1/runs/{run}/events").status == 404


def test_open_streams_hold_no_page_and_end_with_their_reader(place, database):
    """More streams than threads: pages are as fast as before, and a reader who leaves makes room for the next."""
    with standing(place, database, threads=3) as s:
        reader, handle = member(s)
        _, run = queued_run(database, handle)
        held = [opened(s, reader, run) for _ in range(3)]
        for _, response in held:
            event(response)
        for _ in range(10):
            assert s.get("/login", timeout=3).status == 200
        for connection, response in held:
            response.close()
            connection.close()
        took = wait_until("a thread is free again", lambda: event(opened(s, reader, run)[1]), 10)
        assert took < 5, took


def test_a_stop_ends_streams_at_once(place, database):
    with standing(place, database) as s:
        reader, handle = member(s)
        _, run = queued_run(database, handle)
        _, response = opened(s, reader, run)
        event(response)
        process = s.serving[s.stream_sockets[0]]
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert response.read() == b""
