# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A balancer whose file has no services, configured through hvs-ipvsadm alone."""
import json
import signal
import threading

import pytest

import support
from lab.servers import ECHO_PORT, HTTP_PORT


@pytest.fixture(scope="module")
def hvsd(new_hvsd):
    daemon = new_hvsd(services=[])
    daemon.start()
    return daemon


@pytest.fixture(autouse=True)
def empty(hvsd):
    """Each test begins and ends without services."""
    hvsd.ipvsadm("-C")
    yield
    hvsd.ipvsadm("-C")


def address(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def rules(top, protocol: str, vip: str, port: int, servers, weights=(1, 1, 1)) -> str:
    service = f"{protocol} {address(vip, port)}"
    lines = [f"-A {service} -s wrr"]
    lines += [f"-a {service} -r {address(ip, port)} -b -w {w}" for ip, w in zip(servers, weights)]
    return "\n".join(lines) + "\n"


def everything(top) -> str:
    v4, v6 = [s.v4 for s in top.servers], [s.v6 for s in top.servers]
    return (rules(top, "-t", top.vip_v4, HTTP_PORT, v4) + rules(top, "-t", top.vip_v4, ECHO_PORT, v4, (1, 2, 3)) +
            rules(top, "-t", top.vip_v6, ECHO_PORT, v6) + rules(top, "-u", top.vip_v4, ECHO_PORT, v4))


def test_traffic_goes_where_the_commands_say(lab, hvsd, client):
    top = lab.topology
    service = f"-t {address(top.vip_v4, ECHO_PORT)}"
    hvsd.ipvsadm(f"-A {service} -s wrr")
    for server, weight in zip(top.servers, (1, 2, 3)):
        hvsd.ipvsadm(f"-a {service} -r {server.v4}:{ECHO_PORT} -b -w {weight}")
    client.attempts(top.vip_v4, ECHO_PORT, 6, 10)  # whatever came while neighbours were unknown
    hvsd.ipvsadm("-Z")
    assert client.attempts(top.vip_v4, ECHO_PORT, 12) == {"rs1": 2, "rs2": 4, "rs3": 6}

    lines = hvsd.ipvsadm("-Ln").stdout.splitlines()
    assert lines[0].startswith("IP Virtual Server version ")
    assert lines[3].split() == ["TCP", f"{top.vip_v4}:{ECHO_PORT}", "wrr"]
    assert [line.split()[:4] for line in lines[4:]] == [
        ["->", f"{server.v4}:{ECHO_PORT}", "FullNat", str(weight)] for server, weight in zip(top.servers, (1, 2, 3))]
    stats = [line.split() for line in hvsd.ipvsadm("-Ln --stats").stdout.splitlines()]
    assert stats[3][2] == "12"
    assert [row[2] for row in stats[4:]] == ["2", "4", "6"]
    assert all(int(row[3]) > 0 and int(row[6]) > 0 for row in stats[4:])
    with client.connect(top.vip_v4, ECHO_PORT) as sock:
        home = support.exchange(sock, b"who").decode().strip()
        own = f"{sock.getsockname()[0]}:{sock.getsockname()[1]}"
        (row,) = [line.split() for line in hvsd.ipvsadm("-Lcn").stdout.splitlines() if own in line]
        dest = next(s.v4 for s in top.servers if s.name == home)
        assert row[2:] == ["ESTABLISHED", own, f"{top.vip_v4}:{ECHO_PORT}", f"{dest}:{ECHO_PORT}"]

    hvsd.ipvsadm(f"-e {service} -r {top.servers[0].v4}:{ECHO_PORT} -b -w 0")
    hvsd.ipvsadm(f"-d {service} -r {top.servers[1].v4}:{ECHO_PORT}")
    assert set(client.attempts(top.vip_v4, ECHO_PORT, 6)) == {"rs3"}
    hvsd.ipvsadm(f"-D {service}")
    assert client.attempt(top.vip_v4, ECHO_PORT) == "ConnectionRefusedError"


def test_a_service_with_local_addresses_of_its_own(lab, hvsd, client):
    top = lab.topology
    service = f"-t {top.vip_v4}:8082"
    hvsd.ipvsadm(f"-A {service} -s rr")
    hvsd.ipvsadm(f"-P {service} -z {top.lips_v4[0]}")
    hvsd.ipvsadm(f"-a {service} -r {top.servers[0].v4}:{ECHO_PORT} -b")
    with client.connect(top.vip_v4, 8082) as sock:
        assert support.exchange(sock, b"who").decode().strip() == "rs1"
        (conn,) = hvsd.conns("--service", f"tcp:{top.vip_v4}:8082")
        assert conn["lip"].rsplit(":", 1)[0] == top.lips_v4[0]
        assert [line.split() for line in hvsd.ipvsadm("-Gn").stdout.splitlines()][1:] == [
            [f"{top.vip_v4}:8082", "1"], [top.lips_v4[0], "0", "1"]]


def test_a_script_of_dpvs(lab, hvsd, client):
    """The servers come before the local address, and that with its port; the file has no pool."""
    top = lab.topology
    service = f"{top.vip_v4}:{ECHO_PORT}"
    pools = hvsd.settings.pop("lip_pools")
    try:
        hvsd.reload([])
        hvsd.ipvsadm(f"-A -t {service} -s rr")
        said = [hvsd.ipvsadm(f"-a -t {service} -r {s.v4}:{ECHO_PORT} -b").stderr for s in top.servers]
        assert "it has no local address yet" in said[0] and said[1:] == ["", ""]
        port = hvsd.ctl("ports")[0]["name"]
        refused = hvsd.ipvsadm(f"--add-laddr -z {top.lips_v4[0]} -t {service} -F nosuch", check=False)
        assert refused.returncode == 2 and f"no port 'nosuch'. there are: {port}" in refused.stderr
        hvsd.ipvsadm(f"--add-laddr -z {top.lips_v4[0]} -t {service} -F {port}")
        assert set(client.attempts(top.vip_v4, ECHO_PORT, 6, 10)) == support.names(top)
    finally:
        hvsd.settings["lip_pools"] = pools
        hvsd.reload([])


def test_persistent_clients_are_listed(lab, hvsd, client):
    """For as long as ipvsadm may remember them."""
    top = lab.topology
    service = f"-t {address(top.vip_v4, ECHO_PORT)}"
    hvsd.ipvsadm(f"-A {service} -s rr -p 2678400 -M 255.255.255.0")
    for server in top.servers:
        hvsd.ipvsadm(f"-a {service} -r {server.v4}:{ECHO_PORT} -b")
    client.attempts(top.vip_v4, ECHO_PORT, 6, 10)  # whatever came while neighbours were unknown
    (home,) = client.attempts(top.vip_v4, ECHO_PORT, 6)
    with client.connect(top.vip_v4, ECHO_PORT) as sock:
        network = sock.getsockname()[0].rsplit(".", 1)[0]
        dest = next(s.v4 for s in top.servers if s.name == home)
        rows = [line.split() for line in hvsd.ipvsadm("-Lcn").stdout.splitlines()]
        assert [row for row in rows if row[2] == "NONE"] == [
            ["TCP", "44640:00", "NONE", f"{network}.0:0", f"{top.vip_v4}:{ECHO_PORT}", f"{dest}:{ECHO_PORT}"]]


def test_a_local_address_is_added_to_those_of_the_file(lab, hvsd, client):
    """And whoever adds one that the host does not have is told."""
    top = lab.topology
    service = f"-t {top.vip_v4}:{ECHO_PORT}"
    hvsd.ipvsadm("-R", rules(top, "-t", top.vip_v4, ECHO_PORT, [s.v4 for s in top.servers]))
    stray = "10.20.0.99"
    done = hvsd.ipvsadm(f"-P {service} -z {stray}")
    assert done.stderr.startswith(f"hvs-ipvsadm: warning: LIP {stray}: no interface of this host has it"), done.stderr
    listed = [line.split()[0] for line in hvsd.ipvsadm("-Gn").stdout.splitlines()[1:]]
    assert listed == [f"{top.vip_v4}:{ECHO_PORT}", *top.lips_v4, stray]
    assert hvsd.ipvsadm(f"-Q {service} -z {stray}").stderr == ""
    assert set(client.attempts(top.vip_v4, ECHO_PORT, 6, 10)) == support.names(top)
    for address in (top.lips_v4[0], top.vip_v4):
        refused = hvsd.ipvsadm(f"-a {service} -r {address}:8080 -b", check=False)
        assert refused.returncode == 255 and "Name the address of a real server" in refused.stderr


def test_save_and_restore_over_a_restart(lab, hvsd, client):
    top = lab.topology
    hvsd.ipvsadm("-R", everything(top))
    saved = hvsd.ipvsadm("-S -n").stdout
    assert hvsd.stop() == 0
    hvsd.start()
    assert hvsd.ipvsadm("-S -n").stdout == "", "edits live as long as the daemon, unless they are saved"
    hvsd.ipvsadm("-R", saved)
    assert hvsd.ipvsadm("-S -n").stdout == saved
    assert set(client.attempts(top.vip_v6, ECHO_PORT, 6, 10)) == support.names(top)
    assert client.curl(top.vip_v4).stdout.strip() in support.names(top)


def test_services_of_every_mode_come_back_as_they_were(lab, hvsd):
    top = lab.topology
    one, two, three = (s.v4 for s in top.servers)
    script, wanted = "", {}
    for port, options, mode in ((8001, ["-m"], "nat"), (8002, ["-g", "-g"], "dr"), (8003, ["-i"], "tunnel"), (8004, ["-b", "-b"], "fullnat"),
                                (8005, ["-g", "-b", "-m"], "dr"), (8006, [], "fullnat")):
        script += f"-A -t {top.vip_v4}:{port} -s rr\n"
        script += "".join(f"-a -t {top.vip_v4}:{port} -r {server} {option}\n" for server, option in zip((one, two, three), options))
        wanted[f"tcp:{top.vip_v4}:{port}"] = (mode, "inside" if "-b" in options else "")

    def modes() -> dict[str, tuple[str, str]]:
        return {name: (row["mode"], row["lip_pool"]) for name, row in hvsd.services().items()}

    hvsd.ipvsadm("-R", script)
    assert modes() == wanted
    saved = hvsd.ipvsadm("-S -n").stdout
    assert "--lip-pool" not in saved
    hvsd.ipvsadm("-C")
    hvsd.ipvsadm("-R", saved)
    assert hvsd.ipvsadm("-S -n").stdout == saved and modes() == wanted
    add = {"op": "add_dest", "service": f"tcp:{top.vip_v4}:8001", "dest": {"address": two}}
    hvsd.ctl_text("config", "edit", json.dumps([add]))
    assert f"-a -t {top.vip_v4}:8001 -r {two}:8001 -m -w 1\n" in hvsd.ipvsadm("-S -n").stdout


def test_schedulers_with_flags_and_thresholds(lab, hvsd, client):
    """One client meets one server, or by its ports all of them; a full server hands its clients on."""
    top = lab.topology
    service = f"-t {address(top.vip_v4, ECHO_PORT)}"
    servers = [f"{service} -r {s.v4}:{ECHO_PORT} -b" for s in top.servers]
    hvsd.ipvsadm(f"-A {service} -s sh")
    for server in servers:
        hvsd.ipvsadm(f"-a {server}")
    client.attempts(top.vip_v4, ECHO_PORT, 6, 10)  # whatever came while neighbours were unknown
    (home,) = client.attempts(top.vip_v4, ECHO_PORT, 8)
    hvsd.ipvsadm(f"-E {service} -s mh -b mh-port,mh-fallback --mh-table-size 251")
    assert f"{top.vip_v4}:{ECHO_PORT} mh (mh-fallback,mh-port)\n" in hvsd.ipvsadm("-Ln").stdout
    assert set(client.attempts(top.vip_v4, ECHO_PORT, 40)) == support.names(top)

    hvsd.ipvsadm(f"-E {service} -s sh -b sh-fallback")
    with client.connect(top.vip_v4, ECHO_PORT) as sock:
        assert support.exchange(sock, b"who").decode().strip() == home
        hvsd.ipvsadm(f"-e {servers[int(home[2:]) - 1]} -x 1 -y 1")
        assert home not in client.attempts(top.vip_v4, ECHO_PORT, 4)
    rows = [line.split() for line in hvsd.ipvsadm("-Ln --thresholds").stdout.splitlines()[4:]]
    assert [row[2:4] for row in rows] == [["1", "1"] if s.name == home else ["0", "0"] for s in top.servers]

    saved = hvsd.ipvsadm("-S -n").stdout
    assert f"-A {service} -s sh -b sh-fallback\n" in saved and " -x 1 -y 1\n" in saved
    hvsd.ipvsadm("-R", "-C\n" + saved)
    assert hvsd.ipvsadm("-S -n").stdout == saved


def test_tunnels(lab, hvsd):
    """What real servers get of them is in test_tunnel.py; here the daemon takes them, and gives them back."""
    top = lab.topology
    one, two, three = top.servers
    service = f"-t {top.vip_v4}:{ECHO_PORT}"
    hvsd.ipvsadm("-R", f"-A {service} -s wlc\n-a {service} -r {one.v4} -i\n"
                 f"-a {service} -r [{two.v6}]:{ECHO_PORT} -i --tun-type gre --tun-csum\n"
                 f"-a {service} -r {three.v4} -i --tun-type gue --tun-port 6081 --gue-variant 1 -x 9\n")
    rows = {row[1]: row[2:5] for row in (line.split() for line in hvsd.ipvsadm("-Ln --tun-info").stdout.splitlines()[4:])}
    assert rows == {f"{one.v4}:{ECHO_PORT}": ["Tunnel", "ipip", "1"], f"[{two.v6}]:{ECHO_PORT}": ["Tunnel", "gre:+c", "1"],
                    f"{three.v4}:{ECHO_PORT}": ["Tunnel", "gue:6081:-c", "1"]}
    saved, config = hvsd.ipvsadm("-S -n").stdout, hvsd.ctl_text("config", "show").stdout
    hvsd.ipvsadm("-R", "-C\n" + saved)
    assert hvsd.ipvsadm("-S -n").stdout == saved
    hvsd.ipvsadm(f"-e {service} -r {three.v4} -i --tun-type gue --tun-port 6081")
    assert hvsd.ctl_text("config", "show").stdout != config
    hvsd.ipvsadm(f"-e {service} -r {three.v4} -i --tun-type gue --tun-port 6081 --gue-variant 1 -x 9")
    assert hvsd.ipvsadm("-S -n").stdout == saved


def test_a_bad_line_changes_nothing(lab, hvsd):
    top = lab.topology
    hvsd.ipvsadm("-R", everything(top))
    before, generation = hvsd.ctl_text("config", "show").stdout, hvsd.ctl("status")["generation"]
    refused = hvsd.ipvsadm("-R", f"-C\n-A -t {top.vip_v4}:80 -s rr\n-a -t {top.vip_v4}:81 -r {top.servers[0].v4} -b\n", check=False)
    assert refused.returncode == 255
    assert refused.stderr.startswith(f"hvs-ipvsadm: line 3: there is no service -t {top.vip_v4}:81; nothing was changed")
    assert hvsd.ctl_text("config", "show").stdout == before
    assert hvsd.ctl("status")["generation"] == generation


def test_edits_under_traffic_cost_no_request(lab, hvsd, client):
    top = lab.topology
    service = f"-t {address(top.vip_v4, HTTP_PORT)}"
    hvsd.ipvsadm("-R", everything(top))
    client.attempts(top.vip_v4, ECHO_PORT, 6, 10)
    over = threading.Event()
    problems, edits = [], 0

    def edit() -> None:
        nonlocal edits
        one, two, _ = (f"-r {s.v4}:{HTTP_PORT}" for s in top.servers)
        while not over.is_set():
            for line in (f"-e {service} {one} -b -w 0", f"-d {service} {two}", f"-E {service} -s rr",
                         f"-a {service} {two} -b -w 2", f"-e {service} {one} -b -w 3", f"-E {service} -s wrr",
                         f"-A -t {top.vip_v4}:8081 -s rr", f"-D -t {top.vip_v4}:8081"):
                done = hvsd.ipvsadm(line, check=False)
                edits += 1
                if done.returncode != 0:
                    problems.append((line, done.stderr))

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        outcome = support.http_requests(client, top.vip_v4, 2000, 4)
    finally:
        over.set()
        editor.join()
    assert not problems
    assert edits >= 8
    assert set(outcome) <= support.names(top) and outcome.total() == 2000, outcome


def test_a_reload_undoes_edits_and_says_so_and_saving_keeps_them(lab, hvsd):
    top = lab.topology
    hvsd.ipvsadm(f"-A -t {top.vip_v4}:80 -s rr")
    name = f"tcp:{top.vip_v4}:80"
    assert hvsd.ctl("config", "diff") == {"changes": [], "undone": [f"service {name} added"], "reloadable": True}
    hvsd.signal(signal.SIGHUP)
    support.wait_until("the reload", lambda: not hvsd.services())
    assert f"edit undone, which was not saved to the file: service {name} added" in hvsd.read_log()

    hvsd.ipvsadm(f"-A -t {top.vip_v4}:80 -s rr")
    before = hvsd.config.read_text()
    try:
        hvsd.ctl_text("config", "save")
        assert hvsd.ctl("reload")["changes"] == []
        assert hvsd.stop() == 0
        hvsd.start()
        assert list(hvsd.services()) == [name]
    finally:
        hvsd.config.write_text(before)
    hvsd.ctl("reload")
    assert not hvsd.services()


def test_saving_does_not_lose_what_was_written_into_the_file(lab, hvsd):
    top = lab.topology
    before = hvsd.config.read_text()
    add = f"-A -t {top.vip_v4}:80 -s"

    def save(*options: str) -> tuple[int, str]:
        done = hvsd.ctl_text("config", "save", *options, check=False)
        return done.returncode, done.stderr
    try:
        for edit in (f"{add} rr", f"-E -t {top.vip_v4}:80 -s wrr", f"-E -t {top.vip_v4}:80 -s lc", f"-D -t {top.vip_v4}:80", f"{add} rr"):
            hvsd.ipvsadm(edit)
            assert save() == (0, ""), f"after {edit}: what was saved before is nobody's change of the file"
        by_hand = hvsd.config.read_text().replace("scheduler: rr", "scheduler: sh")
        hvsd.config.write_text(by_hand)
        status, said = save()
        assert status == 1 and f"{hvsd.config}: was changed since it was loaded" in said and "scheduler: rr -> sh" in said, said
        hvsd.config.write_text("instance: [")
        assert save()[0] == 1
        hvsd.config.write_text(by_hand)
        hvsd.ctl("reload")
        assert save() == (0, "")
        hvsd.config.write_text(by_hand.replace("scheduler: sh", "scheduler: dh"))
        assert save("--force") == (0, "") and "scheduler: sh" in hvsd.config.read_text()
    finally:
        hvsd.config.write_text(before)
    hvsd.ctl("reload")
    assert not hvsd.services()
