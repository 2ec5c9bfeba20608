"""Our program, `../network`, as the peers are compared with it."""

import json
import subprocess


class Ours:
    """Our program, told what to run line by line."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, job, repeats):
        self.process.stdin.write(f"{job} {repeats}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"our program ended while running {job}")
        return json.loads(line)
