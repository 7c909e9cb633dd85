# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""`hvsd --check` on a machine that really lacks what it asks about: each message, with its name and its way out."""
import subprocess

import pytest

import support

FOREIGN = """
__attribute__((section("xdp"), used)) int strangers_xdp(void *ctx) { return 2; /* XDP_PASS */ }
char _license[] __attribute__((section("license"), used)) = "GPL";
"""


OF_DPDK = {"name": "out", "device": "vdev:net_null_out", "mode": "native", "companion": "hvs-comp"}
WITHOUT_TUN = "unshare --mount bash -c 'mount -t tmpfs tmpfs /dev/net; exec \"$@\"' bash"


@pytest.fixture(scope="module")
def preflight(lab, new_hvsd):
    """Checks the lab's configuration, changed, in a shell that was prepared; gives back the problems and all that was said."""
    daemon = new_hvsd(f"{support.PREFIX}-preflight")
    settings = dict(daemon.settings)

    def check(prepare: str = "", through: str = "", **changes) -> tuple[int, str]:
        daemon.settings = {**settings, **changes}
        daemon.write()
        command = daemon.command("--check", str(daemon.config))
        done = lab.run("lb", "bash", "-c", f'{prepare or ":"} && exec {through} "$@"', "bash", *command, check=False)
        return done.returncode, done.stdout + done.stderr
    return check


def refuses(answer: tuple[int, str], name: str, *words: str) -> None:
    status, said = answer
    line = next((line for line in said.splitlines() if f"[{name}]" in line), None)
    assert line is not None, said
    assert status == 1 and line.startswith("problem: "), said
    for word in words:
        assert word in line, line


def test_a_machine_that_has_everything_passes(preflight):
    status, said = preflight()
    assert status == 0 and "problem:" not in said, said


def test_open_files(preflight):
    refuses(preflight("ulimit -n 64"), "open_files", "RLIMIT_NOFILE", "64 allowed", "Set LimitNOFILE=")


def test_locked_memory(preflight):
    refuses(preflight("ulimit -l 64", "setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock"),
            "memlock", "RLIMIT_MEMLOCK", "the limit is 1 MiB", "LimitMEMLOCK=infinity")


def test_privileges(preflight):
    refuses(preflight("", "setpriv --bounding-set=-net_admin --inh-caps=-net_admin"), "capabilities", "this process lacks CAP_NET_ADMIN")


def test_what_others_than_root_cannot_tell_is_named(preflight):
    nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all"
    status, said = preflight("ulimit -l 64", nobody)
    assert status == 0 and "problem:" not in said, said
    assert "not asked as root, so these were not checked: privileges, limits of locked memory and open files" in said


def test_a_directory_of_the_control_socket(preflight, tmp_path):
    missing = tmp_path / "mistyped" / "hvs"
    status, said = preflight(control={"socket": str(missing / "api.sock")})
    assert status == 1 and f"problem: control.socket: there is no directory {missing} [control_socket]. Make it" in said, said
    assert not missing.parent.exists()
    missing.mkdir(parents=True)
    assert preflight(control={"socket": str(missing / "api.sock")})[0] == 0


def test_what_is_in_the_place_of_the_control_socket(preflight, tmp_path):
    refuses(preflight(control={"socket": str(tmp_path)}), "control_socket", f"{tmp_path}: is a directory",
            f"Name a socket in it: control.socket: {tmp_path}/api.sock")
    (tmp_path / "file").write_text("precious")
    refuses(preflight(control={"socket": f"{tmp_path}/file"}), "control_socket", f"{tmp_path}/file: is in the way")
    assert (tmp_path / "file").read_text() == "precious"


def test_devices_that_no_frame_comes_from(lab, preflight):
    """A port on either would start, or end in the driver's words."""
    other = {"name": "in", "device": lab.topology.inside}
    refuses(preflight(ports=[{"name": "out", "device": "lo"}, other]), "port_mode", "lo is the loopback device")
    lab.run("lb", "ip", "tuntap", "add", "dev", "hvs-tap", "mode", "tap")
    try:
        refuses(preflight(ports=[{"name": "out", "device": "hvs-tap"}, other]), "queue_count",
                "hvs-tap is a TAP device that no process has open")
    finally:
        lab.run("lb", "ip", "tuntap", "del", "dev", "hvs-tap", "mode", "tap")


def test_hugepages(preflight):
    refuses(preflight(memory={"hugepages": "required", "limit": "64GiB"}), "hugepages_few",
            "hugepages: 32768 of 2 MiB needed, free: ", "sysctl -w vm.nr_hugepages=32768")


def test_memory_limit(preflight):
    large = [{"name": name, "device": f"vdev:net_null_{name}", "mode": "native", "mtu": 9000} for name in ("out", "in")]
    refuses(preflight(memory={"hugepages": "off", "limit": "64MiB"}, ports=large),
            "memory_limit", "the limit is 64 MiB", "Set memory.limit: ")


def test_memory(preflight, tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 102400 kB\nMemFree: 32768 kB\nMemAvailable: 32768 kB\n")
    refuses(preflight("", f"unshare --mount bash -c 'mount --bind {tmp_path}/meminfo /proc/meminfo; exec \"$@\"' bash"),
            "memory_short", "32 MiB available", "Lower connections.max")


def test_bpf_file_system(preflight):
    refuses(preflight("", "unshare --mount bash -c 'umount -l /sys/fs/bpf; exec \"$@\"' bash"), "bpffs_missing",
            "no BPF file system is mounted there", "mount -t bpf bpf /sys/fs/bpf")


def test_cpus(preflight):
    refuses(preflight("", "taskset -c 0", workers={"count": 2}), "cpu_too_few", "2 workers on 1 CPU", "set workers.count: 1")
    refuses(preflight(workers={"cpus": [1023]}), "cpu_too_few", "CPU 1023 is not online")


def test_a_kernel_that_is_too_old(preflight, tmp_path):
    (tmp_path / "osrelease").write_text("5.4.0-150-generic\n")
    old = f"unshare --mount bash -c 'mount --bind {tmp_path}/osrelease /proc/sys/kernel/osrelease; exec \"$@\"' bash"
    refuses(preflight("", old), "kernel_old", "Linux 5.4.0-150-generic is too old for af_xdp ports", "Use Linux 5.7 or newer")
    ports = [{**OF_DPDK, "name": name, "device": f"vdev:net_null_{name}", "companion": f"hvs-c-{name}"} for name in ("out", "in")]
    status, said = preflight("", old, ports=ports)
    assert status == 0 and "[kernel_old]" not in said, said


def test_a_cpu_that_lacks_what_the_binary_was_built_for(preflight, tmp_path):
    """Its flags as a hypervisor may leave them; every build asks for SSE2 at least."""
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nflags\t\t: fpu tsc\n\n")
    refuses(preflight("", f"unshare --mount bash -c 'mount --bind {tmp_path}/cpuinfo /proc/cpuinfo; exec \"$@\"' bash"),
            "cpu_features", "CPU: it lacks what this binary was built for: sse2", "-D HVS_MARCH=x86-64")


def test_tap_devices(lab, preflight, new_hvsd):
    """--check warns, for the start may still find the module; the start does not go on without."""
    ports = [OF_DPDK, {"name": "in", "device": lab.topology.inside}]
    status, said = preflight("", WITHOUT_TUN, ports=ports)
    line = next((line for line in said.splitlines() if "[tun_missing]" in line), said)
    assert status == 0 and line.startswith("warning: /dev/net/tun: ") and "pass the device in" in line, said
    status, said = preflight("", WITHOUT_TUN)
    assert status == 0 and said.count("[tun_missing]") == 1 and "punt_unavailable" in said, said
    daemon = new_hvsd(f"{support.PREFIX}-without-tun", ports=ports)
    daemon.write()
    done = lab.run("lb", "bash", "-c", f'exec {WITHOUT_TUN} "$@"', "bash", *daemon.command("--config", str(daemon.config)), check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "/dev/net/tun: cannot open: No such file or directory [tun_missing]. Run `modprobe tun`" in said, said


def test_ports_that_share_buffers_and_not_an_mtu(lab, preflight):
    refuses(preflight(ports=[{**OF_DPDK, "mtu": 9000}, {"name": "in", "device": lab.topology.inside}], memory={"hugepages": "off", "limit": "512MiB"}),
            "mtu_mixed", "ports.out.mtu: MTU 9000: ports share packet buffers", "takes 3434 at most", "in instances of their own")


def test_an_mtu_that_af_xdp_cannot_take(lab, preflight):
    device = lab.topology.outside
    lab.run("lb", "ip", "link", "set", device, "mtu", "4000")
    try:
        refuses(preflight(), "mtu_af_xdp", f"the MTU of {device} is 4000", f"ip link set {device} mtu 3434")
    finally:
        lab.run("lb", "ip", "link", "set", device, "mtu", "1500")


def test_an_xdp_program_of_somebody_else(lab, preflight, tmp_path):
    device = lab.topology.inside
    (tmp_path / "foreign.c").write_text(FOREIGN)
    subprocess.run(["clang", "-O2", "-g", "-target", "bpf", "-c", "foreign.c", "-o", "foreign.o"], cwd=tmp_path, check=True)
    lab.run("lb", "ip", "link", "set", "dev", device, "xdp", "obj", str(tmp_path / "foreign.o"), "sec", "xdp")
    try:
        refuses(preflight(), "xdp_foreign", f'{device} has XDP program "strangers_xdp"', f"ip link set {device} xdpdrv off")
    finally:
        lab.run("lb", "ip", "link", "set", "dev", device, "xdp", "off")


def test_a_device_that_cannot_be_taken_from_the_kernel(preflight):
    status, said = preflight(ports=[{"name": "out", "device": "hvs-out", "mode": "native"}, {"name": "in", "device": "hvs-in"}])
    assert status == 1 and "hvs-out" in said and "[port_mode]. Use mode: af_xdp" in said, said


def test_only_pci_devices_change_drivers(lab, build_dir):
    done = lab.run("lb", build_dir / "bin/hvsctl", "bind", lab.topology.outside, check=False)
    assert done.returncode == 1 and "hvs-out: is no PCI device (driver veth) [bind_not_pci]" in done.stderr, done.stderr


def test_queues_that_the_device_does_not_have(lab, preflight):
    refuses(preflight(ports=[{"name": "out", "device": "hvs-out", "queues": 2}, {"name": "in", "device": "hvs-in"}], workers={"count": 2}),
            "queue_count", "hvs-out")


def start(lab, daemon, replaced: dict | None = None) -> str:
    """What a start that fails says, with words of its command line replaced."""
    daemon.write()
    command = [(replaced or {}).get(word, word) for word in map(str, daemon.command("--config", str(daemon.config)))]
    done = lab.run("lb", *command, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    return said


def test_a_steering_program_that_is_none(lab, new_hvsd, build_dir, tmp_path):
    (tmp_path / "steer.bpf.o").write_bytes(b"junk")
    said = start(lab, new_hvsd(f"{support.PREFIX}-no-program"), {str(build_dir / "bpf"): str(tmp_path)})
    assert "steer.bpf.o: cannot open the steering program: " in said and "[steering_program]. Give the directory" in said, said


def test_a_port_that_dpdk_does_not_start_is_named(lab, new_hvsd):
    ports = [{**OF_DPDK, "device": "vdev:net_af_packet_out,iface=hvs-nowhere"}, {"name": "in", "device": lab.topology.inside}]
    said = start(lab, new_hvsd(f"{support.PREFIX}-no-port", ports=ports))
    assert "port out: cannot create the DPDK device: " in said and "[port_start]" in said, said


def test_a_second_instance_of_the_name_is_refused_and_named(new_hvsd, hvsd):
    second = new_hvsd(hvsd.instance)
    second.name += "-second"
    second.log = second.log.with_suffix(".second")
    second.launch()
    support.wait_until("its end", lambda: not second.running())
    said = second.read_log()
    assert f"instance '{hvsd.instance}' (process {hvsd.pid}) is running [instance_running]" in said and "another `instance` name" in said
    assert hvsd.running()


def test_devices_of_another_instance_are_no_others(preflight, lab, hvsd):
    """The words, and the status, of the start."""
    top = lab.topology
    answer = preflight()
    for device in (top.outside, top.inside):
        assert f"problem: {device}: used by instance '{hvsd.instance}' (process {hvsd.pid}) [device_in_use]" in answer[1], answer[1]
    refuses(answer, "device_in_use", "Stop that instance, or give the port another device")
    assert "left by one that died" not in answer[1], answer[1]
    socket = hvsd.settings.get("control", {}).get("socket", f"/run/hvs/{hvsd.instance}/api.sock")
    refuses(preflight(control={"socket": socket}), "control_socket", "another process listens on the control socket")


def test_its_own_running_instance_is_no_problem(lab, hvsd):
    done = lab.run("lb", *hvsd.command("--check", str(hvsd.config)), check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert f"note: instance {hvsd.instance} runs (process {hvsd.pid})" in said
    assert "of an instance that runs, or left by one that died" not in said
