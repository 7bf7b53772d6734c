"""Members with API tokens, made through the tables, and calls with them."""
import base64
import json
import os
import re
import struct
import uuid
import zlib

from stand import with_part

SCOPES = ["skills:read", "skills:write", "skills:publish", "runs:read", "runs:write", "team:read", "audit:read"]
SKILL = """---
name: Drift
slug: %s
summary: Buys and waits.
model: none
universe: [SIM-ALPHA]
timeframe: 1h
cadence: every_bar
risk:
  max_order_usd: 1000
  max_position_usd: 1000
licence: open
---
%s
"""
ENTRY = 'export function entry(ctx) { return { side: "long", reason: "always" }; }\n'
HOURS = 24 * 30
START = 1_704_067_200_000


def skill(slug, note="Buy."):
    return {"skill_md": SKILL % (slug, note), "entry": ENTRY}


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def new_token():
    """A token's text, as Sources/Security/APITokenText.swift makes them."""
    body = "tc_" + base64url(os.urandom(32))
    return body + base64url(struct.pack(">I", zlib.crc32(body.encode())))


def member(database, handle=None):
    """A verified member with a second factor: ids of tenant and member, and the handle."""
    handle = handle or "m" + uuid.uuid4().hex[:12]
    tenant, person = uuid.uuid4(), uuid.uuid4()
    database.run(f"""
        SELECT set_config('app.tenant_id', '{tenant}', false);
        INSERT INTO tenants (tenant_id, kind) VALUES ('{tenant}', 'personal');
        INSERT INTO handles (tenant_id, handle, display_name) VALUES ('{tenant}', '{handle}', '{handle}');
        INSERT INTO members (tenant_id, member_id, email, password_hash, email_verified_at, second_factor_at)
            VALUES ('{tenant}', '{person}', '{handle}@example.org', '$argon2id$none', now(), now());
        INSERT INTO memberships (tenant_id, member_id, role) VALUES ('{tenant}', '{person}', 'owner')""")
    return str(tenant), str(person), handle


def token(database, tenant, person, scopes=SCOPES):
    """A token of `person` for `tenant`, of which they are a member."""
    text = new_token()
    words = ", ".join(f"'{scope}'" for scope in scopes)
    database.run(f"""
        SELECT set_config('app.tenant_id', '{tenant}', false);
        INSERT INTO api_tokens (tenant_id, token_id, member_id, name, token_sha256, scopes, created_at, expires_at)
            VALUES ('{tenant}', gen_random_uuid(), '{person}', 'test', sha256('{text}'), ARRAY[{words}], now(), now() + interval '1 day')""")
    return text


def browser(stand, database, tenant, person):
    """Headers of a browser in which `person` is logged in and proved who they are, writes included."""
    text = base64url(os.urandom(32))
    database.run(f"""
        SELECT set_config('app.tenant_id', '{tenant}', false);
        INSERT INTO login_sessions (tenant_id, token_sha256, member_id, created_at, last_seen_at, expires_at, user_agent, proved_at)
            VALUES ('{tenant}', sha256('{text}'), '{person}', now(), now(), now() + interval '1 day', 'test', now())""")
    headers = {"Cookie": "tc_session=" + text}
    form = re.search(r'name="form-token" content="([^"]+)"', stand.get("/account", headers=headers).text)
    assert form, "no form token on the account's page"
    return dict(headers, **{"X-Form-Token": form.group(1)})


def joins(database, tenant, home, person, role):
    """Makes `person`, whose home is elsewhere, a member of `tenant`."""
    database.run(f"""
        SELECT set_config('app.tenant_id', '{tenant}', false);
        INSERT INTO memberships (tenant_id, member_id, role, home_tenant_id) VALUES ('{tenant}', '{person}', '{role}', '{home}')""")


def candles(folder):
    """A file of synthetic hours that rise and fall: its path. The owner imports it."""
    path = os.path.join(folder, "SIM-ALPHA-1h.csv")
    with open(path, "w") as out:
        out.write("open_time_ms,open,high,low,close,volume\n")
        for hour in range(HOURS):
            price = 1000 + 10 * (hour % 48 if hour % 48 < 24 else 48 - hour % 48)
            out.write(f"{START + hour * 3_600_000},{price},{price + 5},{price - 5},{price + 1},10\n")
    return path


def call(stand, method, path, body=None, token=None, key=None, headers=None, timeout=20):
    """An answer of the API; `answer.json` where there is any."""
    headers = dict(headers or {})
    if token:
        headers["Authorization"] = "Bearer " + token
    if key:
        headers["Idempotency-Key"] = key
    if body is not None:
        headers["Content-Type"] = "application/json"
    answer = stand.get("/api/v1" + path, method, None if body is None else json.dumps(body), headers, timeout)
    answer.json = json.loads(answer.text) if "json" in (answer.header("Content-Type") or "") and answer.body else None
    return answer


def engine_address(database):
    return with_part(database.owner, user="tradecraft_engine")
