"""Opens a session at the gateway, and reads what became of it. Python 3.8 or newer, nothing else."""
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

GATEWAY = os.environ["GATEWAY_URL"]
SERVER_KEY = os.environ["LIVENESS_SERVER_KEY"]


def ask(method, path, body=None):
    """The `data` of the gateway's answer; raises RuntimeError with the code where it refuses."""
    request = urllib.request.Request(GATEWAY.rstrip("/") + path, method=method)
    request.add_header("Authorization", "Bearer " + SERVER_KEY)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"gateway: {error.code} {error.read().decode()}") from error


def open_session(reference):
    """For the page: `{"id", "token"}`. `reference` is your own name for the check."""
    session = ask("POST", "/api/v1/sessions", {"reference": reference})
    return {"id": session["session_id"], "token": session["token"]}


def is_live(session_id, reference):
    """Whether this check was yours, and its verdict is `live`. Ask when the page says that it is done."""
    session = ask("GET", "/api/v1/sessions/" + urllib.parse.quote(session_id, safe=""))
    mine = session["state"] == "complete" and session.get("reference") == reference
    return mine and session["verdict"]["verdict"] == "live"


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    print(json.dumps({"open": open_session, "read": is_live}[command](*arguments)))
