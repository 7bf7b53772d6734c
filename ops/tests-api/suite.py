"""Asks every address of docs/openapi.yaml thousands of questions, good and bad, in four roles.

An address passes in a role when no answer is a fault of the server's, every answer is described with status, type and
schema, nothing is answered without the log-in it needs, and bad input is refused.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests-http"))
import stand  # noqa: E402
from api_people import browser, call, candles, engine_address, joins, member, skill, token  # noqa: E402

SEED = 4_186_250
# Questions of the fuzzing kind for each address and role; the examples and the bounds of every field come on top.
EXAMPLES = 12
# Of all roles together, below the limit of ops/lib/suites.sh, so that the database is dropped in any case.
SECONDS_MAX = 390
STARTED = time.monotonic()
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
          "ignored_auth", "negative_data_rejection", "unsupported_method"]
FREE = [word for kind in ("token", "account", "network") for word in (f"--requests-per-minute-{kind}", "1000000")]


def wanted_data(s, database, folder):
    """An owner with skills, a published one, runs of both ends, and a viewer of theirs: headers of each, and ids to ask for."""
    subprocess.run([stand.BIN + "/tradecraft", "import-bars", candles(folder), "--database", database.owner], check=True,
                   stdout=subprocess.DEVNULL)
    tenant, person, handle = member(database, "owner-one")
    home, other, _ = member(database, "viewer-one")
    joins(database, tenant, home, other, "viewer")
    owner, viewer = token(database, tenant, person), token(database, tenant, other)
    made = need(201, call(s, "POST", "/studio/skills", skill("drift"), owner))
    published = need(202, call(s, "POST", f"/studio/skills/{made['id']}/publication", {"visibility": "public"}, owner))
    order = {"slug": "drift", "from": "2024-01-05", "to": "2024-01-20"}
    run = need(202, call(s, "POST", "/runs", order, owner))
    later = need(202, call(s, "POST", "/runs", order, owner))
    ids = {"skill": made["id"], "run": run["id"], "later": later["id"], "evaluation": published["evaluation_run_id"], "handle": handle}
    roles = {"signed-out": {}, "viewer": {"Authorization": "Bearer " + viewer}, "owner": {"Authorization": "Bearer " + owner},
             "browser": browser(s, database, tenant, person)}
    return owner, roles, ids


def need(status, answer):
    assert answer.status == status, (status, answer.status, answer.text[:500])
    return answer.json


def finished(s, owner, ids):
    """The run and the evaluation have reports: lists of trades and decisions have something in them."""
    def done():
        states = [call(s, "GET", f"/runs/{ids[name]}", token=owner).json["state"] for name in ("run", "evaluation")]
        assert not {"failed", "cancelled"} & set(states), states
        return states == ["completed"] * 2
    stand.wait_until("the runs are done", done, 60)


def description(ids, folder, role):
    """docs/openapi.yaml with the ids of things that are there as examples: made-up ones find 404 alone. For a browser
    without what it says of log-ins: schemathesis takes a cookie that it left out itself for one that nobody sent."""
    with open(os.path.join(stand.ROOT, "docs/openapi.yaml")) as source:
        whole = yaml.safe_load(source)
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            parameters = [dict(resolve(whole, p)) for p in operation.get("parameters", [])]
            for parameter in parameters:
                example = known(path, method, parameter["name"], ids)
                if parameter["in"] == "path" and example is not None:
                    parameter["example"] = example
            if parameters:
                operation["parameters"] = parameters
            if role == "browser":
                operation["security"] = []
    target = os.path.join(folder, f"openapi-{role}.json")
    with open(target, "w") as out:
        json.dump(whole, out)
    return target


def resolve(whole, item):
    """What a `$ref` leads to."""
    if "$ref" not in item:
        return item
    for word in item["$ref"].split("/")[1:]:
        whole = whole[word]
    return whole


def known(path, method, name, ids):
    if name == "id" and "/runs/" in path:
        return ids["later"] if method == "delete" else ids["run"]
    if name == "id" and "/skills/" in path:
        return ids["skill"]
    return {"handle": ids["handle"], "slug": "drift", "number": 1}.get(name)


def ask(role, headers, url, schema, folder):
    """Runs schemathesis as `role`; its exit status, and the addresses that failed with the reasons."""
    report = os.path.join(folder, role + ".ndjson")
    # Streams are answered slowly on purpose; ops/tests-http/streams.py reads them.
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", os.path.join(HERE, "schemathesis.toml"), "run", schema, "--url", url, "--checks", ",".join(CHECKS),
               "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--no-shrink",
               "--exclude-path-regex", "/events$", "--continue-on-failure", "--request-timeout", "20", "--max-redirects", "0",
               "--suppress-health-check", "all", "--workers", "1", "--warnings", "off",
               "--report", "junit", "--report-junit-path", report]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    log = os.path.join(folder, role + ".log")
    with open(log, "w") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, cwd=folder, timeout=max(1, STARTED + SECONDS_MAX - time.monotonic()),
                              env=dict(os.environ, NO_COLOR="1", HYPOTHESIS_STORAGE_DIRECTORY=folder + "/hypothesis"))
    return done.returncode, report, log


def main():
    folder = os.environ.get("TRADECRAFT_TEST_STATE") or tempfile.mkdtemp(prefix="tradecraft-api-")
    os.makedirs(folder, exist_ok=True)
    database = stand.Database()
    s = engine = None
    try:
        s = stand.Stand(folder, database, processes=2, threads=8, serve_options=FREE)
        engine_log = open(os.path.join(folder, "engine.log"), "ab")
        engine = subprocess.Popen(
            [stand.BIN + "/tradecraft", "engine", "--keys", database.keys, "--mail-folder", folder + "/mail"],
            stdout=engine_log, stderr=engine_log, env=dict(os.environ, TRADECRAFT_DATABASE_URL=engine_address(database)))
        owner, roles, ids = wanted_data(s, database, folder)
        finished(s, owner, ids)
        return judge(s, folder, roles, ids)
    finally:
        if engine:
            engine.terminate()
            engine.wait(30)
        if s:
            s.close()
        database.drop()


def judge(s, folder, roles, ids):
    import xml.etree.ElementTree as xml
    passed = failed = 0
    for role, headers in roles.items():
        if len(sys.argv) > 1 and role not in sys.argv[1:]:
            continue
        start = time.monotonic()
        status, report, log = ask(role, headers, f"http://127.0.0.1:{s.port}", description(ids, folder, role), folder)
        cases = list(xml.parse(report).getroot().iter("testcase"))
        bad = {c.get("name") for c in cases if c.find("failure") is not None or c.find("error") is not None}
        names = {c.get("name") for c in cases}
        passed += len(names - bad)
        failed += len(bad)
        print(f"{'ok  ' if not bad else 'FAIL'} {role}: {len(names - bad)} of {len(names)} addresses, {time.monotonic() - start:.0f} s", flush=True)
        for name in sorted(bad):
            print(f"FAIL {role}: {name}")
        if bad or status != 0:
            print("".join(open(log).readlines()[-200:]))
        if status != 0 and not bad:
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed else 1


sys.exit(main())
