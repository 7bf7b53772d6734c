"""Writes with idempotency keys while processes and PostgreSQL are killed: every key makes exactly one effect."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid

from api_people import call, member, skill, token
from gateway import standing
from stand import ROOT, Database, postgres_tool, wait_until, with_part

WRITERS = 6
SECONDS = 12


class Writer(threading.Thread):
    """Saves skill after skill, each under a key of its own, and repeats each until it is answered."""

    def __init__(self, stand, text, number, stop):
        super().__init__(daemon=True)
        self.stand, self.text, self.number, self.stop = stand, text, number, stop
        self.done, self.repeated, self.replayed, self.failure = [], 0, 0, None

    def run(self):
        try:
            while not self.stop.is_set():
                slug = f"w{self.number}-{len(self.done)}"
                self.done.append((slug, self.save(slug, uuid.uuid4().hex)))
        except Exception as error:  # told by the test, on its own thread
            self.failure = error

    def save(self, slug, key):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = call(self.stand, "POST", "/studio/skills", skill(slug), self.text, key, timeout=15)
            except OSError:
                answer = None
            if answer is not None and answer.status < 500 and answer.status != 429:
                assert answer.status == 201, (slug, answer.status, answer.text[:300])
                self.replayed += answer.header("Idempotent-Replayed") is not None
                return answer.json["id"]
            self.repeated += 1
            time.sleep(0.05)
        raise AssertionError(f"no answer within 60 s for {slug}")


def write_while(stand, database, harm, pause):
    """Writes from all threads while `harm` happens every `pause` seconds; then counts. How often it happened."""
    tenant, person, _ = member(database)
    text, stop = token(database, tenant, person), threading.Event()
    writers = [Writer(stand, text, number, stop) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    end, harms = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        time.sleep(pause)
        harm()
        harms += 1
    stop.set()
    for writer in writers:
        writer.join(90)
        assert not writer.is_alive() and writer.failure is None, writer.failure
    done = dict(pair for writer in writers for pair in writer.done)
    rows = database.run(f"SELECT set_config('app.tenant_id', '{tenant}', false); SELECT slug || ' ' || skill_id FROM skills "
                        f"WHERE tenant_id = '{tenant}' ORDER BY slug").split("\n")[1:]
    assert sorted(rows) == sorted(f"{slug} {id}" for slug, id in done.items()), (len(rows), len(done))
    keys = database.run(f"SELECT set_config('app.tenant_id', '{tenant}', false); SELECT count(*) FROM idempotency_keys "
                        f"WHERE tenant_id = '{tenant}' AND sealed_answer IS NOT NULL").split("\n")[1]
    assert int(keys) == len(done), (keys, len(done))
    repeated = sum(writer.repeated for writer in writers)
    print(f"     {len(done)} writes, {harms} kills, {repeated} repetitions, {sum(w.replayed for w in writers)} replayed", flush=True)
    assert repeated > 0, "the kills were noticed"
    return harms


FREE = ["--requests-per-minute-token", "1000000", "--requests-per-minute-account", "1000000", "--requests-per-minute-network", "1000000"]


def test_killed_workers_leave_one_effect_each(place, database):
    with standing(place, database, processes=2, serve_options=FREE) as s:
        turn = [0]

        def harm():
            path = s.web_sockets[turn[0] % 2]
            turn[0] += 1
            s.serving[path].send_signal(signal.SIGKILL)
            s.serving[path].wait()
            s.serve(path)
        write_while(s, database, harm, 0.5)


class Cluster:
    """A PostgreSQL of this test's own, to be killed."""

    def __init__(self, folder):
        self.folder = folder
        self.address = self.start()
        # Clusters of tests trade durability for speed; this one is to keep what it promised.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self.ask(f"ALTER SYSTEM SET {setting} = on")
        self.ask("SELECT pg_reload_conf()")
        wait_until("it writes durably", self.is_durable)

    def ask(self, sql):
        """The answer to a superuser, who alone may change settings."""
        done = subprocess.run([postgres_tool("psql"), "-XAtq", "-d", with_part(self.address, user="postgres"), "-c", sql],
                              check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def is_durable(self):
        return [self.ask(f"SHOW {setting}") for setting in ("fsync", "full_page_writes", "synchronous_commit")] == ["on"] * 3

    def start(self):
        done = subprocess.run([ROOT + "/ops/lib/test-cluster", "start", self.folder], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def kill(self):
        """The server and all its processes at once."""
        server = int(open(self.folder + "/data/postmaster.pid").readline())
        # Stopped first, so that it makes no process between the list and the end.
        os.kill(server, signal.SIGSTOP)
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(server)], capture_output=True, text=True).stdout
        victims = [server] + [int(word) for word in children.split()]
        for victim in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        wait_until("its processes are gone", lambda: not any(alive(victim) for victim in victims), 20)
        # Nobody may have fetched the dead server's status yet, and then its number in these files passes for a running one.
        os.unlink(self.folder + "/data/postmaster.pid")
        socket = re.search("host=([^ ]+)", self.address).group(1) + "/.s.PGSQL.5432"
        for left in (socket, socket + ".lock"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(left)

    def stop(self):
        subprocess.run([ROOT + "/ops/lib/test-cluster", "stop", self.folder], check=True)


def alive(process):
    """False too for one that is dead and only not yet forgotten by its parent."""
    try:
        return open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_killed_database_leaves_one_effect_each(place, database):
    """PostgreSQL is killed and recovers from its log; nothing that was answered is lost."""
    folder = tempfile.mkdtemp(prefix="tradecraft-kill-")
    os.chmod(folder, 0o755)
    cluster = Cluster(folder)
    try:
        own = Database(cluster.address)
        try:
            with standing(place, own, processes=2, serve_options=FREE) as s:
                def harm():
                    cluster.kill()
                    cluster.start()
                kills = write_while(s, own, harm, 1.5)
            assert cluster.is_durable()
            with open(folder + "/postgres.log") as log:
                assert log.read().count("automatic recovery in progress") == kills > 0, "it was killed, not shut down"
        finally:
            own.drop()
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
