"""Adds what the gateway has decided to an exported table: verdicts that no browser has had in its hands.

LIVENESS_SERVER_KEY=... python3 verdicts.py https://liveness.example export.csv > with_verdicts.csv
"""
import csv, json, os, re, sys
from urllib import error, request

gateway, path = sys.argv[1].rstrip("/"), sys.argv[2]
key = os.environ["LIVENESS_SERVER_KEY"]
ADDED = ["gateway_state", "gateway_source", "gateway_verdict", "gateway_score", "gateway_warning"]
SESSION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def decided(session):
    """What the gateway says of a session; blanks where there is none, as in the table's further headings."""
    if not SESSION.fullmatch(session):
        return [""] * len(ADDED)
    asked = request.Request(f"{gateway}/api/v1/sessions/{session}", headers={"Authorization": f"Bearer {key}"})
    try:
        with request.urlopen(asked, timeout=20) as answer:
            data = json.load(answer)["data"]
    except error.HTTPError as refused:
        if refused.code == 404:  # never there, or no longer kept
            return ["unknown"] + [""] * (len(ADDED) - 1)
        raise
    verdict = data["verdict"] or {}
    # A check of a file is no check of who answers, and a warning may tell of pictures that were part of an earlier one.
    return [data["state"], data["source"], verdict.get("verdict", ""), verdict.get("score", ""), verdict.get("warning") or ""]


with open(path, encoding="utf-8-sig", newline="") as table:
    rows = csv.reader(table)
    headings = next(rows)
    # In the newer survey experience __js_liveness_session.
    column = next((at for at, name in enumerate(headings) if name.endswith("liveness_session")), None)
    if column is None:
        sys.exit(f"{path} has no column liveness_session")
    # Windows would write another encoding, and ends of lines twice.
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    output = csv.writer(sys.stdout)
    output.writerow(headings + ADDED)
    for row in filter(None, rows):
        output.writerow(row + decided(row[column] if column < len(row) else ""))
