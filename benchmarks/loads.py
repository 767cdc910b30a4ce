# SPDX-License-Identifier: Apache-2.0
"""What measurements beside other brokers have in common: the load tool, brokers that are started and ended, results."""
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(HERE)
TOOL = os.path.join(HERE, "frontdoor", "target", "frontdoor")
TRANSPORTS = ("tcp", "tls", "ws", "wss")

# What our listeners are called in the environment: the transport's prefix, and each key.
LISTENER = {
    "tcp": "MARQUETRY_LISTENERS__TCP__DEFAULT__",
    "tls": "MARQUETRY_LISTENERS__SSL__DEFAULT__",
    "ws": "MARQUETRY_LISTENERS__WS__DEFAULT__",
    "wss": "MARQUETRY_LISTENERS__WSS__DEFAULT__",
}
BIND, CERTIFICATE, KEY = "BIND", "CERT_FILE", "KEY_FILE"
# What the last column names when it is not 0.
FAULTS = ("lost", "duplicates", "disordered", "foreign", "disconnected", "failed", "without_ticket", "refused",
          "unacknowledged", "honest_failed", "pings_unanswered")


# ---- what is needed ----


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    sys.exit(os.path.basename(sys.argv[0]) + ": " + text)


def need(programs, packages):
    """Installs what is missing, as ./test does."""
    os.environ["PATH"] += ":/usr/sbin"
    missing = [p for tool, p in programs.items() if not shutil.which(tool)]
    missing += [p for file, p in packages.items() if not os.path.exists(file)]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        fail("not installed, and only root may: " + " ".join(missing))
    say("Installing: " + " ".join(missing))
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], **quiet)
    if subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], **quiet).returncode:
        fail("could not install: " + " ".join(missing))


def build(archive):
    if subprocess.run(["make", "-s", "-C", os.path.join(HERE, "frontdoor")]).returncode:
        fail("the load tool could not be built, see above")
    if archive:
        command = ". .ci/tools && need_jdk && need_archive"
        if subprocess.run(["sh", "-c", command], cwd=HOME, stdout=sys.stderr).returncode:
            fail("the archive could not be built, see above")


def certificate(kind, folder):
    key = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}[kind]
    files = os.path.join(folder, kind + ".crt"), os.path.join(folder, kind + ".key")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *key, "-nodes", "-days", "7", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", files[0], "-keyout", files[1]],
        capture_output=True, text=True)
    if made.returncode:
        fail("openssl made no certificate: " + made.stderr)
    return files


# ---- brokers ----


def free_ports():
    """A free port for each transport; all are held until the last is found, so that they differ."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in TRANSPORTS]
    ports = dict(zip(TRANSPORTS, (s.getsockname()[1] for s in held)))
    for s in held:
        s.close()
    return ports


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Broker:
    running = []

    def __init__(self, name, command, environment, ports, folder, log, transports):
        self.name, self.ports, self.log = name, ports, os.path.join(folder, log)
        self.command, self.environment, self.folder = command, {**os.environ, **environment}, folder
        self.wanted = transports
        self.first_start = self.begin()

    def begin(self, seconds=60):
        """Starts it; answers how long it took until it listened."""
        began = time.time()
        with open(self.log, "a") as out:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdout=out, stderr=out, cwd=self.folder)
        Broker.running.append(self)
        while not listens(self.ports["tcp"]):
            if self.process.poll() is not None or time.time() > began + seconds:
                fail(f"{self.name} does not listen on port {self.ports['tcp']}: " + open(self.log).read()[-2000:])
            time.sleep(0.05)
        took = time.time() - began
        time.sleep(1)
        end = time.time() + 10
        while not all(listens(self.ports[t]) for t in self.wanted) and time.time() < end:
            time.sleep(0.2)  # those that first read certificates
        self.transports = [t for t in self.wanted if listens(self.ports[t])]
        return took

    def crash(self):
        """Ends it as a power cut would end the process."""
        Broker.running.remove(self)
        self.process.kill()
        self.process.wait()

    def stop(self):
        Broker.running.remove(self)
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def marquetry(folder, pair, home, name="marquetry", limits=None, transports=TRANSPORTS, extensions=(), settings=None):
    """One of ours, in a directory of its own; settings are more of the environment."""
    base = tempfile.mkdtemp(prefix=name + "-", dir=folder)
    ports, environment = free_ports(), {"MARQUETRY_BASE": base, **(settings or {})}
    os.mkdir(os.path.join(base, "deploy"))
    for extension in extensions:
        shutil.copy(extension, os.path.join(base, "deploy"))
    for transport in TRANSPORTS:
        prefix = LISTENER[transport]
        environment[prefix + BIND] = f"127.0.0.1:{ports[transport]}"
        if pair and transport in ("tls", "wss"):
            environment.update({prefix + CERTIFICATE: pair[0], prefix + KEY: pair[1]})
        environment.update({prefix + key: value for key, value in (limits or {}).items()})
    command = [os.path.join(home, "bin", "marquetry"), "foreground"]
    return Broker(name, command, environment, ports, folder, name + ".log", transports)


def mosquitto(folder, pair, transports=TRANSPORTS, more=()):
    ports, lines = free_ports(), ["allow_anonymous true", "max_queued_messages 0", *more]
    if os.geteuid() == 0:
        lines.append("user root")  # another user could not read the key
    for transport in transports:
        lines.append(f"listener {ports[transport]} 127.0.0.1")
        if transport in ("ws", "wss"):
            lines.append("protocol websockets")
        if transport in ("tls", "wss"):
            lines += [f"certfile {pair[0]}", f"keyfile {pair[1]}"]
    file = os.path.join(folder, "mosquitto.conf")
    with open(file, "w") as out:
        out.write("\n".join(lines) + "\n")
    return Broker("mosquitto", ["mosquitto", "-c", file], {}, ports, folder, "mosquitto.log", transports)


# ---- rows ----


class Run:
    """All that is measured once: where results go, and how long."""
    heap = "-Xmx2g"  # of each JVM

    def __init__(self, out, seconds, warm):
        self.out, self.time = out, ["--seconds", str(seconds), "--warm", str(warm)]
        self.results = {}

    def load(self, broker, row, mode, transport, *options, keep=True):
        command = [TOOL, mode, *self.time, "--pid", str(broker.process.pid), "--transport", transport, "--port",
                   str(broker.ports[transport]), "--row", row, "--broker", broker.name, *map(str, options)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
        try:
            result = json.loads(done.stdout)
        except ValueError:
            error = done.stderr.strip() or f"exit status {done.returncode}"
            result = {"row": row, "broker": broker.name, "error": error}
            say(f"  {row}, {broker.name}: {error}")
        if keep:
            result["command"] = " ".join(["frontdoor", *command[1:]])
            self.add(broker, row, result)
        return result

    def add(self, broker, row, result):
        """Keeps a result."""
        result = {**result, "row": row, "broker": broker.name, "load_average": round(os.getloadavg()[0], 2)}
        self.out.write(json.dumps(result) + "\n")
        self.out.flush()
        self.results.setdefault((row, broker.name), []).append(result)

    def figure(self, row, broker, key):
        """The median over rounds."""
        values = [r[key] for r in self.results.get((row, broker), []) if isinstance(r.get(key), (int, float))]
        return statistics.median(values) if values else None

    def by_turns(self, row, brokers, key):
        """How much more the first needs than the second, turn by turn: the machine was alike for both of a turn."""
        turns = zip(*(self.results.get((row, broker), []) for broker in brokers))
        return sorted(first[key] / second[key] for first, second in turns if first.get(key) and second.get(key))

    def notes(self, row, broker):
        found = {}
        for result in self.results.get((row, broker), []):
            for key in FAULTS:
                if result.get(key):
                    found[key] = found.get(key, 0) + result[key]
            for key in ("error", "stalled_one"):
                if key in result:
                    found[key] = result[key]
        return [f"{broker}: " + ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in found.items())] if found else []

    def turns_line(self, row, pair):
        """The line of a table for two of ours that were measured by turns, or none."""
        ratios = self.by_turns(row, pair, "cpu_us")
        if not ratios:
            return []
        quarter = len(ratios) // 4
        return [(row, f"CPU us a message: {pair[0]}, then {pair[1]}",
                 *(written(self.figure(row, name, "cpu_us")) for name in pair), f"{statistics.median(ratios):.3f}",
                 f"both are ours; median of {len(ratios)} turns, half of which lie from {ratios[quarter]:.3f} to"
                 f" {ratios[-1 - quarter]:.3f}")]


def by_turns(run, row, pair, rounds, transport="tcp", options=()):
    """Loads two brokers one after the other, again and again, so that what else the machine does meets both alike."""
    for i in range(rounds):
        for broker in pair if i % 2 else reversed(pair):
            run.load(broker, row, "fan-in", transport, "--seconds", 2 if rounds > 3 else 1, *options)


# ---- tables ----


def written(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def markdown(lines):
    text = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([text[0], "|" + "---|" * len(lines[0]), *text[1:]])
