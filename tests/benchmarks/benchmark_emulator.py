"""Prints how fast the emulator starts and answers through HTTP, with signatures and permissions.

Run as `python tests/benchmarks/benchmark_emulator.py [seconds]`: one line of JSON. The emulator is
a process of its own; the client is this one, with signed requests over four connections that stay
open. Requests are signed while the clock runs, but for those that are all alike.
"""

import http.client
import json
import re
import subprocess
import sys
import time  # noqa: TID251 - a benchmark measures the machine
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.unit.emulator.emulator_worlds import CREATE_FUNCTION, CREATE_PROVIDER  # noqa: E402

CONNECTIONS = 4
FLEET = 1_000
LARGE = ROOT / "configs" / "scaling-throughput.yaml"
FAST = "realtime:1000"
"""At this pace EC2's bucket of requests fills sooner than looks at instances take from it."""


class Server:
    """A running emulator."""

    def __init__(self, process: subprocess.Popen[str], printed: str, ready_s: float) -> None:
        assert "Ready." in printed, printed
        told = dict(re.findall(r"^export (\w+)=(.*)$", printed, re.MULTILINE))
        self.process, self.ready_s = process, ready_s
        self.netloc = told["AWS_ENDPOINT_URL"].removeprefix("http://")
        self.credentials = Credentials(told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"])

    def rss_mib(self) -> float:
        """Resident memory of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return round(int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024, 1)

    def signed(self, service: str, method: str, path: str, body: str) -> tuple[str, ...]:
        """A request as `http.client` takes it."""
        kind = "application/x-www-form-urlencoded" if "Action=" in body else "application/json"
        url = f"http://{self.netloc}{path}"
        request = AWSRequest(method, url, {"content-type": kind}, body.encode())
        SigV4Auth(self.credentials, service, "us-east-1").add_auth(request)
        return method, path, body, json.dumps(dict(request.headers))

    def call(self, *request: str, connection: http.client.HTTPConnection | None = None) -> bytes:
        """The body of an answer that has to be a success."""
        method, path, body, headers = request
        link = connection or http.client.HTTPConnection(self.netloc)
        link.request(method, path, body.encode(), json.loads(headers))
        answer = link.getresponse()
        content = answer.read()
        assert answer.status < 300, content
        return content

    def form(self, service: str, version: str, action: str, **fields: str) -> tuple[str, ...]:
        """A signed request of a query service."""
        body = urlencode({"Action": action, "Version": version, **fields})
        return self.signed(service, "POST", "/", body)

    def per_s(self, make: Callable[[int], tuple[str, ...]], seconds: float) -> int:
        """Answers a second over some connections."""

        def work(worker: int) -> int:
            connection = http.client.HTTPConnection(self.netloc)
            count = 0
            while time.perf_counter() < end_s:
                self.call(*make(worker * 10**6 + count), connection=connection)
                count += 1
            return count

        end_s = time.perf_counter() + seconds
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            return round(sum(threads.map(work, range(CONNECTIONS))) / seconds)


@contextmanager
def running(*options: str) -> Iterator[Server]:
    """An emulator on a free port."""
    command = [sys.executable, "-m", "sim.cli", "serve", "--port", "0"]
    start_s = time.perf_counter()
    with subprocess.Popen(
        [*command, *options], stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as made:
        printed = ""
        assert made.stderr is not None
        for line in made.stderr:
            printed += line
            if line == "Ready.\n":
                break
        try:
            yield Server(made, printed, time.perf_counter() - start_s)
        finally:
            made.terminate()


def fleet(server: Server) -> None:
    """A function of some environments, and the instances that they need."""
    code = CREATE_FUNCTION | {"Code": {"ImageUri": "site:1"}}
    for path, body in (
        ("/2025-11-30/capacity-providers", CREATE_PROVIDER),
        ("/2015-03-31/functions", code),
    ):
        server.call(*server.signed("lambda", "POST", path, json.dumps(body)))


def advance(server: Server, seconds: int) -> None:
    """Let virtual time pass."""
    server.call("POST", "/_lmisim/clock", json.dumps({"advance_s": seconds}), "{}")


def describe(server: Server, count: int) -> tuple[str, ...]:
    """A look at so many instances."""
    fields = {"IncludeManagedResources": "true"}
    names = {f"InstanceId.{n}": f"i-{n:017x}" for n in range(1, count + 1)}
    return server.form("ec2", "2016-11-15", "DescribeInstances", **fields, **names)


def of_large_world(seconds: float) -> dict[str, object]:
    """Looks at many instances, and at few of them often."""
    with running("--clock", FAST, "--scenario", str(LARGE)) as server:
        advance(server, 600)
        path = "/2025-11-30/functions/site/function-scaling-config?Qualifier=1"
        bounds = {"MinExecutionEnvironments": FLEET, "MaxExecutionEnvironments": FLEET}
        body = json.dumps({"FunctionScalingConfig": bounds})
        server.call(*server.signed("lambda", "PUT", path, body))
        advance(server, 3600)
        wanted, twenty = describe(server, FLEET), describe(server, 20)
        server.call(*twenty)  # reads the model of EC2
        start_s = time.perf_counter()
        server.call(*wanted)
        return {
            "describe_1000_s": round(time.perf_counter() - start_s, 3),
            "describe_20_per_s": server.per_s(lambda _: twenty, seconds),
            "large_rss_mib": server.rss_mib(),
        }


def of_fresh_account(seconds: float) -> dict[str, object]:
    """Start, small calls, and two weeks of an idle fleet."""
    with running() as server:
        idle_rss_mib = server.rss_mib()
        identity = server.form("sts", "2011-06-15", "GetCallerIdentity")
        figures = {
            "ready_s": round(server.ready_s, 2),
            "idle_rss_mib": idle_rss_mib,
            "mutations_per_s": server.per_s(
                lambda n: server.form("iam", "2010-05-08", "TagRole", **tags(n)), seconds
            ),
            "reads_per_s": server.per_s(lambda _: identity, seconds),
        }
        fleet(server)
        start_s = time.perf_counter()
        advance(server, 14 * 86_400)
        return figures | {"fortnight_s": round(time.perf_counter() - start_s, 2)}


def tags(number: int) -> dict[str, str]:
    """A tag whose value changes."""
    tag = {"Tags.member.1.Key": "number", "Tags.member.1.Value": str(number)}
    return {"RoleName": "ExecutionRole", **tag}


def main(seconds: float = 3.0) -> None:
    """Measure and print."""
    figures = {"benchmark": "emulator", **of_large_world(seconds)}
    sys.stdout.write(json.dumps(figures | of_fresh_account(seconds)) + "\n")


if __name__ == "__main__":
    main(*(float(argument) for argument in sys.argv[1:]))
