"""Stands in for ssh: runs the command here, with another home folder, and can lose the connection.

`stand_in_ssh.json` beside it: {"home": DIR, "cut_after": BYTES, "cuts": N}: what comes back ends after so many bytes, the
first N times. Each call is written to `stand_in_ssh.jsonl`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(sys.argv[0]).resolve().parent
order = json.loads((HERE / "stand_in_ssh.json").read_text())
words = sys.argv[1:]
at = words.index("--")
options, host, command = words[:at], words[at + 1], words[at + 2 :]
with open(HERE / "stand_in_ssh.jsonl", "a") as log:
    log.write(json.dumps({"options": options, "host": host}) + "\n")

left = None
counter = HERE / "cuts"
cuts = int(counter.read_text()) if counter.exists() else 0
if cuts < order.get("cuts", 0):
    counter.write_text(str(cuts + 1))
    left = order["cut_after"]
process = subprocess.Popen(
    ["sh", "-c", " ".join(command)], stdout=subprocess.PIPE, bufsize=0, env={**os.environ, "HOME": order["home"]}
)
assert process.stdout is not None
while block := os.read(process.stdout.fileno(), 1 << 16):
    if left is not None:
        block = block[:left]
        left -= len(block)
    while block:
        block = block[os.write(1, block) :]
    if left == 0:
        process.kill()
        sys.exit(255)
sys.exit(process.wait())
