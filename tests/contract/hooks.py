"""For schemathesis (CONTRIBUTING.md): requests that get past the first refusal.

What it makes up is about sessions that do not exist and pictures that are none. Here more than half of the requests about a
session are about one that there is, with its token, and many pictures are pictures.
"""

import base64
import json
import os
import random
import struct
import urllib.request
import zlib

import schemathesis

GATEWAY = os.environ["GATEWAY_URL"]


def png(seed):
    """A picture of 224x224 that no other seed has."""
    rows = (b"\0" + bytes((3 * x + y + seed) % 256 for x in range(3 * 224)) for y in range(224))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 224, 224, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


PICTURES = [png(seed) for seed in range(30)]


def ask(method, path, body=None, headers=None):
    request = urllib.request.Request(GATEWAY + path, data=body, method=method, headers=headers or {})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["data"]


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    if "{id}" in path and random.random() < 0.6:
        session = ask("POST", "/api/v1/sessions", b"")
        token = {"X-Liveness-Token": session["token"]}
        case.path_parameters["id"] = session["session_id"]
        case.headers = {**(case.headers or {}), **token}
        if path.endswith("/crops/{index}") and random.random() < 0.7:
            case.body, case.media_type = random.choice(PICTURES), "image/png"
            case.path_parameters["index"] = str(random.randrange(30))
        if path.endswith("/complete") and random.random() < 0.5:
            for index in range(session["frames_required"]):
                ask("PUT", f"/api/v1/sessions/{session['session_id']}/crops/{index}", PICTURES[index], token)
    if path == "/api/v1/fast-check-crops" and isinstance(case.body, dict) and random.random() < 0.3:
        case.body["crops"] = [
            {"index": index, "pixels": base64.b64encode(picture).decode()} for index, picture in enumerate(PICTURES[:10])
        ]
