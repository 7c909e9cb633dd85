# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What operators see: hvsctl for people and programs, the API beneath, and hvsd --check."""
import contextlib
import json
import os
import platform
import subprocess

import pytest

import support
from lab import netns
from lab.servers import ECHO_PORT

COMMANDS = [("status",), ("services",), ("dests",), ("dests", "echo"), ("conns",), ("conns", "--count"), ("drops",),
            ("ports",), ("workers",), ("config", "show")]


def test_status(lab, hvsd):
    status = hvsd.ctl("status")
    assert status["instance"] == hvsd.instance and status["state"] == "running" and status["pid"] == hvsd.pid
    assert (status["workers"], status["ports"], status["services"]) == (1, 2, 6)
    assert status["connections_max"] == 65536 and status["config_file"] == str(hvsd.config)


def test_ports_are_named_with_their_device_and_kind(lab, hvsd):
    ports = {port["name"]: port for port in hvsd.ctl("ports")}
    assert set(ports) == {"out", "in"}
    for name, port in ports.items():
        assert port["device"] == f"hvs-{name}" and port["kind"] == "af_xdp" and port["xdp"] == "native"
        assert port["mac"].lower() == lab.mac("lb", port["device"]) and port["mtu"] == 1500 and port["queues"] == 1


def test_every_drop_reason_is_listed_with_its_meaning(hvsd):
    drops = hvsd.ctl("drops")
    assert len(drops) > 10
    assert len({row["reason"] for row in drops}) == len(drops)
    assert all(row["description"] and row["packets"] >= 0 for row in drops)


def test_workers_add_up(lab, hvsd, client):
    client.attempt(lab.topology.vip_v4, ECHO_PORT)
    workers = hvsd.ctl("workers")
    assert [worker["id"] for worker in workers] == [0]
    assert workers[0]["vectors"] == (platform.machine() == "x86_64")
    assert workers[0]["rx_packets"] > 0 and workers[0]["tx_packets"] > 0 and workers[0]["loops"] > 0
    assert sum(worker["connections"] for worker in workers) == hvsd.ctl("status")["connections"]


def test_conns_are_listed_filtered_and_counted(lab, hvsd, client):
    top = lab.topology
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(client.connect(vip, ECHO_PORT)) for vip in [top.vip_v4] * 6 + [top.vip_v6] * 3]
        homes = [support.exchange(sock, b"who").decode().strip() for sock in socks]
        mine = {}
        for sock, home in zip(socks, homes):
            host, port = sock.getsockname()[:2]
            mine[f"[{host}]:{port}" if ":" in host else f"{host}:{port}"] = home

        rows = {row["client"]: row for row in hvsd.conns("--proto", "tcp") if row["client"] in mine}
        assert rows.keys() == mine.keys()
        for who, home in mine.items():
            server = next(s for s in top.servers if s.name == home)
            row = rows[who]
            six = who.startswith("[")
            assert row["dest"] == (f"[{server.v6}]:{ECHO_PORT}" if six else f"{server.v4}:{ECHO_PORT}")
            assert row["service"] == ("echo6" if six else "echo")
            assert row["state"].lower() == "established" and row["protocol"] == "tcp" and row["worker"] == 0
            assert row["expires_ms"] > 0
        established = [r for r in hvsd.conns("--service", "echo6") if r["client"] in mine]
        assert len(established) == 3
        to_rs1 = {r["client"] for r in hvsd.conns("--dest", top.servers[0].v4) if r["client"] in mine}
        assert to_rs1 == {who for who, home in mine.items() if home == "rs1" and not who.startswith("[")}
        assert {r["client"] for r in hvsd.conns("--client", top.client_v4)} >= {w for w in mine if not w.startswith("[")}
        assert hvsd.conns("--client", "192.0.2.1") == []
        assert len(hvsd.conns("--limit", "4")) == 4
        assert hvsd.ctl("conns", "--count", "--service", "echo6") == {"connections": len(hvsd.conns("--service", "echo6"))}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_tables_for_people(hvsd, command):
    done = hvsd.ctl_text(*command)
    assert done.stdout.strip() and not done.stderr


def test_unknown_service_is_an_error_that_names_it(hvsd):
    done = hvsd.ctl_text("dests", "nosuch", check=False)
    assert done.returncode != 0 and "nosuch" in done.stderr


def test_no_such_instance_is_an_error_that_names_it(hvsd):
    done = netns.run(str(hvsd.hvsctl), "--instance", "nosuch", "status", check=False)
    assert done.returncode != 0 and "nosuch" in done.stderr


def api(hvsd, *curl: str) -> tuple[int, str]:
    done = netns.run("curl", "-sS", "-g", "-w", "\n%{http_code}", "--unix-socket",
                     f"/run/hvs/{hvsd.instance}/api.sock", *curl)
    body, _, code = done.stdout.rpartition("\n")
    return int(code), body


def test_metrics_are_prometheus_text(hvsd):
    code, body = api(hvsd, "http://hvs/metrics")
    assert code == 200
    samples = [line for line in body.splitlines() if line and not line.startswith("#")]
    assert samples and all(line.startswith("hvs_") for line in samples)
    assert "# TYPE" in body and 'service="web"' in body


@pytest.mark.parametrize("path, method, wanted", [
    ("/", "GET", 404), ("/v1/nosuch", "GET", 404), ("/v1/status", "POST", 405), ("/v1/reload", "GET", 405),
    ("/v1/conns?proto=dccp", "GET", 400), ("/v1/conns?limit=many", "GET", 400), ("/v1/dests?service=nosuch", "GET", 404)])
def test_api_errors_say_what_where_and_how_to_mend(hvsd, path, method, wanted):
    code, body = api(hvsd, "-X", method, f"http://hvs{path}")
    assert code == wanted
    assert set(json.loads(body)["error"]) == {"what", "where", "fix"}


# --- hvsd --check ------------------------------------------------------------------------------------------


def check(lab, new_hvsd, text: str | None = None):
    hvsd = new_hvsd(f"{support.PREFIX}-check")
    if text is not None:
        hvsd.config.write_text(text)
    return lab.run("lb", *hvsd.command("--check", str(hvsd.config)), check=False), hvsd


@pytest.fixture
def free_devices(hvsd):
    """What another instance has is no plan's: it makes way for the test."""
    assert hvsd.stop() == 0
    yield
    hvsd.start()


def test_check_prints_the_plan(lab, new_hvsd, free_devices):
    done, _ = check(lab, new_hvsd)
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("hvs-out", "hvs-in", "af_xdp", "worker", "memory"):
        assert word in done.stdout.lower()


@pytest.mark.parametrize("name", ["demo.yaml", "demo-one-arm.yaml"])
def test_the_configurations_of_the_demo_are_valid(lab, build_dir, free_devices, name):
    path = str(build_dir.parents[1] / "config" / name)
    done = lab.run("lb", str(build_dir / "bin" / "hvsd"), "--check", path, "--bpf-dir", str(build_dir / "bpf"), check=False)
    if name == "demo.yaml":
        assert done.returncode == 0, done.stdout + done.stderr
    else:  # this lab has no hvs-one: valid, but the plan has a hole, which it names
        assert done.returncode == 1 and "hvs-one" in done.stdout + done.stderr


@pytest.mark.parametrize("text, where, word", [
    ("instance: x\ncolour: red\n", ":2:1", "colour"),
    ("instance: x\nports:\n  - { name: a, device: hvs-out, speed: 9 }\n", ":3:", "speed"),
    ("instance: x\nservices:\n  - name: a\n    vip: 10.10.0.300\n", ":4:", "10.10.0.300"),
    ("instance: [x\n", ":", "-check.yaml"),
])
def test_check_points_at_the_mistake(lab, new_hvsd, text, where, word):
    done, hvsd = check(lab, new_hvsd, text)
    said = done.stdout + done.stderr
    assert done.returncode == os.EX_CONFIG
    assert hvsd.config.name + where in said and word in said


def test_an_option_that_is_mistyped_is_named_with_the_one_near_it(build_dir):
    done = subprocess.run([build_dir / "bin" / "hvsd", "--chekc", "hvs.yaml"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "hvsd: unknown option --chekc. Did you mean `--check`?\n")


def test_check_of_a_missing_file_says_so(lab, new_hvsd):
    hvsd = new_hvsd(f"{support.PREFIX}-check")
    hvsd.config.unlink()
    done = lab.run("lb", *hvsd.command("--check", str(hvsd.config)), check=False)
    assert done.returncode == os.EX_CONFIG and hvsd.config.name in done.stdout + done.stderr
    assert "--config" not in done.stdout + done.stderr  # which was not the option that named it


def test_check_takes_the_file_of_config_or_says_that_it_has_none(lab, new_hvsd, free_devices):
    hvsd = new_hvsd(f"{support.PREFIX}-check")
    plans = [lab.run("lb", *hvsd.command(*words), check=False) for words in (
        ("--check", str(hvsd.config)), ("--config", str(hvsd.config), "--check"), ("--check", "--config", str(hvsd.config)))]
    for done in plans:
        assert done.returncode == 0 and hvsd.instance in done.stdout and "af_xdp" in done.stdout, done.stderr
    for words, said in ((["--check"], "hvsd: no file to check. "), ([], "hvsd: nothing to do. "),
                        (["--config", str(hvsd.config), "--check", "b.yaml"], "hvsd: --check and --config name a file each. ")):
        done = lab.run("lb", *hvsd.command(*words), check=False)
        assert done.returncode == 2 and done.stderr.startswith(said), done.stderr


def test_check_leaves_no_trace_beside_a_running_instance(lab, hvsd, new_hvsd, client):
    done, other = check(lab, new_hvsd)
    assert not other.pins.exists()
    assert client.attempt(lab.topology.vip_v4, ECHO_PORT) in support.names(lab.topology)


def test_version(hvsd):
    for program in (hvsd.hvsd, hvsd.hvsctl):
        assert netns.run(str(program), "--version").stdout.strip()
