"""Writes with idempotency keys while processes and PostgreSQL are killed: every key makes exactly one effect."""
import os
import signal
import subprocess
import threading
import time
import uuid

from api_people import call, member, skill, token
from gateway import standing
from stand import Database, postgres_tool, wait_until, with_part

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
    """Writes from all threads while `harm` happens every `pause` seconds; then counts."""
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

    def __init__(self, place):
        self.data, self.log = place + "/data", open(place + "/postgres.log", "ab")
        self.socket = place if len(place) < 80 else "/tmp"
        self.port = 5700 + os.getpid() % 200
        self.account = ["setpriv", "--reuid=tradecraft", "--regid=tradecraft", "--clear-groups", "--"] if os.getuid() == 0 else []
        if self.account:
            subprocess.run(["chown", "tradecraft", place], check=True)
            os.chmod(place, 0o777)
        subprocess.run(self.account + [postgres_tool("initdb"), "-D", self.data, "-U", "tradecraft_super", "--auth=trust", "-N"],
                       check=True, stdout=self.log, stderr=self.log)
        self.start()
        base = f"host={self.socket} port={self.port} user=tradecraft_super dbname=postgres"
        self.tool = lambda sql: subprocess.run([postgres_tool("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", base, "-c", sql],
                                               check=True, capture_output=True, text=True)
        self.owner = with_part(base, user="tradecraft_owner")

    def start(self):
        self.process = subprocess.Popen(
            self.account + [postgres_tool("postgres"), "-D", self.data, "-k", self.socket, "-p", str(self.port),
                            "-c", "listen_addresses=", "-c", "max_connections=60"], stdout=self.log, stderr=self.log)
        wait_until("PostgreSQL answers", self.answers, 30)

    def answers(self):
        return subprocess.run([postgres_tool("pg_isready"), "-q", "-h", self.socket, "-p", str(self.port)]).returncode == 0

    def children(self):
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True).stdout
        return [int(word) for word in found.split()]

    def kill(self):
        """The server and every process of it, at once: what a power cut leaves."""
        victims = [self.process.pid] + self.children()
        for victim in victims:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        wait_until("its processes are gone", lambda: not any(os.path.exists(f"/proc/{victim}") for victim in victims[1:]), 20)

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        self.log.close()
