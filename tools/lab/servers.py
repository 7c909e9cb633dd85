# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What answers in the lab: nginx and an echo server on every real server, an echo server on the balancer."""
import hashlib
import pathlib
import random
import re
import socket
import time

from . import netns

HTTP_PORT = 80
ECHO_PORT = 7  # TCP and UDP
STATUS_PORT = 8080  # nginx's own counters, on the server's loopback

_ECHO = pathlib.Path(__file__).with_name("echo_server.py")

_NGINX = """\
daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 16384;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  default_type text/plain;
  keepalive_requests 10000000;
  keepalive_timeout 300s;
  sendfile on;
  client_body_temp_path tmp;
  proxy_temp_path tmp;
  fastcgi_temp_path tmp;
  uwsgi_temp_path tmp;
  scgi_temp_path tmp;
  server {{
    listen {http} backlog=4096;
    listen [::]:{http} backlog=4096;
    location = / {{ return 200 "{name}\\n"; }}
    location / {{ root {www}; }}
  }}
  server {{
    listen 127.0.0.1:{status};
    location = /status {{ stub_status; }}
  }}
}}
"""


def start_all(lab) -> None:
    (lab.data / "www").mkdir(exist_ok=True)
    for server in lab.topology.servers:
        start_nginx(lab, server.name)
        start_echo(lab, server.name)
    start_echo(lab, "lb", lab.topology.own_v4)
    for server in lab.topology.servers:
        wait_listening(lab, server.name, server.v4, HTTP_PORT)
        wait_listening(lab, server.name, server.v4, ECHO_PORT)
    wait_listening(lab, "lb", lab.topology.own_v4, ECHO_PORT)


def start_nginx(lab, role: str) -> None:
    home = lab.run_dir / role
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    (home / "nginx.conf").write_text(
        _NGINX.format(http=HTTP_PORT, status=STATUS_PORT, name=role, www=lab.data / "www"))
    lab.procs.start(lab.ns(role), f"{role}.nginx",
                    ["nginx", "-p", str(home), "-c", "nginx.conf", "-e", "error.log"], home / "nginx.out")


def start_echo(lab, role: str, address: str = "::") -> None:
    """The echo server of a role. On the balancer it binds to the own address alone: the VIP is not the kernel's."""
    home = lab.run_dir / role
    home.mkdir(parents=True, exist_ok=True)
    lab.procs.start(lab.ns(role), f"{role}.echo",
                    ["/usr/bin/python3", str(_ECHO), role, address, str(ECHO_PORT)], home / "echo.out")


def wait_listening(lab, role: str, address: str, port: int, tries: int = 250) -> None:
    for _ in range(tries):
        with lab.entered(role):
            probe = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        with probe:
            if probe.connect_ex((address, port)) == 0:
                return
        time.sleep(0.02)
    logs = "".join(p.read_text() for p in sorted((lab.run_dir / role).glob("*.out")))
    raise netns.LabError(f"{role}: nothing listens on {address} port {port}\n{logs}")


def http_requests(lab, role: str) -> int:
    """Requests that nginx on a real server has answered (this question is one of them)."""
    page = lab.run(role, "curl", "-sS", "--max-time", "5", f"http://127.0.0.1:{STATUS_PORT}/status").stdout
    # "server accepts handled requests" and below it the three numbers.
    numbers = re.search(r"requests\s+(\d+)\s+(\d+)\s+(\d+)", page)
    if not numbers:
        raise netns.LabError(f"{role}: nginx's status page reads {page!r}")
    return int(numbers.group(3))


def make_blob(lab, name: str, size: int) -> str:
    """Put `size` bytes that no compressor shortens where every real server serves them as /name; their SHA-256."""
    source = random.Random(name)
    digest = hashlib.sha256()
    (lab.data / "www").mkdir(exist_ok=True)
    with open(lab.data / "www" / name, "wb") as out:
        while size > 0:
            chunk = source.randbytes(min(size, 1 << 20))
            out.write(chunk)
            digest.update(chunk)
            size -= len(chunk)
    return digest.hexdigest()
