# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A guest: a Debian kernel under QEMU's software emulation, on the host's own root file system.

Its NICs are taps in namespaces that the test made, so clients and real servers stay on the host.
"""
import dataclasses
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import initrd
from lab.netns import LabError
from taps import open_tap

RUN_DIRS = pathlib.Path("/var/tmp")
_FIRST_SLOT = 0x10  # of the root bus: NICs lie at 0000:00:10.0 and on, whatever else the guest has
_DRIVERS = {"virtio-net-pci": "virtio_net", "e1000e": "e1000e", "e1000": "e1000", "vmxnet3": "vmxnet3"}


@dataclasses.dataclass(frozen=True)
class Nic:
    """A NIC of the guest and the namespace of the host that its other end is in."""
    ns: str
    tap: str = "eth0"
    model: str = "virtio-net-pci"
    queues: int = 1  # pairs; more than one: virtio-net-pci alone
    options: str = ""  # of QEMU's device, for example "guest_tso4=off,rss=on"


class Guest:
    """Use as a context manager, or start() and close(); close() may be called at any time, also twice."""

    def __init__(self, nics: list[Nic], *, cpus: int = 2, memory: str = "1G", iommu: bool = False, hugepages: int = 0, nodes: int = 1,
                 devices: tuple[str, ...] = ()):
        self.nics = nics
        self.cpus, self.memory, self.iommu, self.hugepages = cpus, memory, iommu, hugepages
        self.devices = devices  # of QEMU, which NICs may stand on
        self.nodes = nodes  # of NUMA: each has a CPU, and its part of the memory, which is then in whole GiB
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"hvs-guest-{os.getpid()}-", dir=RUN_DIRS))
        self.rig = self.dir / "rig"  # /run/rig in the guest: whatever is put here is there at once, and back
        self.console = self.dir / "console"
        self._qemu: subprocess.Popen | None = None
        self._agent: socket.socket | None = None
        self._changed = threading.Condition()
        self._ended: dict[str, int] = {}
        self._ready = self._gone = False
        self._jobs = 0

    def __enter__(self) -> "Guest":
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    # --- on and off --------------------------------------------------------------------------------------

    def start(self, timeout: float = 120) -> None:
        """Boot, and return when the guest takes commands and the drivers of its NICs are loaded."""
        kernel = initrd.Kernel()
        self.rig.mkdir()
        shutil.copy(initrd.HERE / "boot" / "agent.sh", self.rig)
        (self.rig / "modules").write_text(f"{kernel.modules}\n")
        initrd.build(kernel, self.dir / "initrd")
        fds: list[int] = []
        try:
            devices = []
            for number, nic in enumerate(self.nics):
                tap = open_tap(nic.ns, nic.tap, nic.queues, vnet_hdr=nic.model == "virtio-net-pci")
                fds += tap
                devices += self._nic_arguments(number, nic, tap)
            with open(self.dir / "qemu.log", "wb") as log:
                self._qemu = subprocess.Popen([*self._machine(kernel), *devices], pass_fds=fds, stdin=subprocess.DEVNULL,
                                              stdout=log, stderr=log, start_new_session=True)
        except FileNotFoundError as error:
            raise LabError(f"{error.filename} is not installed; run: sudo tools/hvs install") from error
        finally:
            for fd in fds:
                os.close(fd)
        self._connect(time.monotonic() + timeout)
        threading.Thread(target=self._listen, daemon=True).start()
        self._wait("the guest to boot", lambda: self._ready, timeout)
        if self.nics:
            self.modprobe(*sorted({_DRIVERS[nic.model] for nic in self.nics}))

    def close(self) -> None:
        """Power off and remove everything: the taps end with QEMU, which holds them."""
        if self._qemu is not None:
            self._qemu.kill()  # nothing in the guest is worth keeping: its disk is memory
            self._qemu.wait()
        if self._agent is not None:
            self._agent.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def power_off(self, timeout: float = 60) -> int:
        """Let the guest power itself off; QEMU's exit status."""
        self._agent.sendall(b"poweroff\n")
        return self._qemu.wait(timeout)

    def _machine(self, kernel: initrd.Kernel) -> list[str]:
        machine = ["-M", "q35"]
        words = "console=ttyS0 quiet panic=-1 mitigations=off nopti tsc=reliable no_timer_check nowatchdog net.ifnames=0"
        if self.iommu:
            machine = ["-M", "q35,kernel-irqchip=off", "-device", "intel-iommu,intremap=on,caching-mode=off"]
            words += " intel_iommu=on iommu=nopt"
        if self.hugepages:
            words += f" hugepages={self.hugepages}"
        for node in range(self.nodes if self.nodes > 1 else 0):
            size = int(self.memory.removesuffix("G")) * 1024 // self.nodes
            machine += ["-object", f"memory-backend-ram,id=mem{node},size={size}M", "-numa", f"node,nodeid={node},cpus={node},memdev=mem{node}"]
        for device in self.devices:
            machine += ["-device", device]
        share = "local,security_model=none,multidevs=remap"
        # Dies with us, however we end.
        return ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-accel", "tcg,thread=multi", *machine, "-cpu", "max",
                "-smp", str(self.cpus), "-m", self.memory, "-nodefaults", "-no-user-config", "-display", "none", "-vga", "none",
                "-no-reboot", "-kernel", str(kernel.image), "-initrd", str(self.dir / "initrd"), "-append", words,
                "-serial", f"file:{self.console}",
                "-chardev", f"socket,id=agent,path={self.dir / 'agent'},server=on,wait=off", "-serial", "chardev:agent",
                "-chardev", f"socket,id=monitor,path={self.dir / 'monitor'},server=on,wait=off", "-mon", "chardev=monitor",
                "-virtfs", f"{share},path=/,mount_tag=host,readonly=on", "-virtfs", f"{share},path={self.rig},mount_tag=rig"]

    def _nic_arguments(self, number: int, nic: Nic, fds: list[int]) -> list[str]:
        net = f"tap,id=net{number}," + (f"fds={':'.join(map(str, fds))}" if len(fds) > 1 else f"fd={fds[0]}")
        device = f"{nic.model},id=nic{number},netdev=net{number},mac={self.mac(number)},bus=pcie.0,addr={_FIRST_SLOT + number:#x}"
        if nic.model == "virtio-net-pci":
            device += ",disable-legacy=on" + (f",mq=on,vectors={2 * nic.queues + 2}" if nic.queues > 1 else "")
            device += ",iommu_platform=on" if self.iommu else ""
        return ["-netdev", net, "-device", device + (f",{nic.options}" if nic.options else "")]

    def _connect(self, deadline: float) -> None:
        self._agent = socket.socket(socket.AF_UNIX)
        while self._agent.connect_ex(str(self.dir / "agent")) != 0:
            if self._qemu.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"QEMU does not run (exit status {self._qemu.poll()})\n{self.logs()}")
            time.sleep(0.02)

    # --- the agent ---------------------------------------------------------------------------------------

    def _listen(self) -> None:
        try:
            with self._agent.makefile("r", encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    words = line.split()
                    with self._changed:
                        if words == ["ready"]:
                            self._ready = True
                        elif len(words) == 2:
                            self._ended[words[0]] = int(words[1])
                        self._changed.notify_all()
        except (OSError, ValueError):
            pass  # closed
        with self._changed:
            self._gone = True
            self._changed.notify_all()

    def _wait(self, what: str, condition, timeout: float) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: condition() or self._gone, timeout):
                raise LabError(f"waited {timeout} s for {what}\n{self.logs()}")
            if not condition():
                raise LabError(f"the guest ended while we waited for {what}\n{self.logs()}")

    def spawn(self, command: str) -> "Job":
        """Start a script of bash in the guest and do not wait for its end."""
        with self._changed:
            self._jobs += 1
            job = Job(self, f"job{self._jobs}", command)
        job.dir.mkdir()
        (job.dir / "command").write_text(command + "\n")
        try:
            self._agent.sendall(f"{job.name}\n".encode())
        except OSError as error:
            raise LabError(f"the guest has ended, and cannot run: {command}\n{self.logs()}") from error
        return job

    def run(self, command: str, check: bool = True, timeout: float = 60) -> subprocess.CompletedProcess:
        """Run a script of bash in the guest to its end. A failure raises LabError with its output."""
        job = self.spawn(command)
        done = subprocess.CompletedProcess(command, job.wait(timeout), job.stdout(), job.stderr())
        if check and done.returncode != 0:
            raise LabError(f"guest: exit status {done.returncode}: {command}\n{done.stdout}{done.stderr}".rstrip())
        return done

    # --- what tests ask for often ------------------------------------------------------------------------

    def modprobe(self, *modules: str) -> None:
        self.run(f"modprobe --all {' '.join(modules)}")

    @staticmethod
    def mac(number: int) -> str:
        return f"52:54:00:00:00:{number + 1:02x}"

    @staticmethod
    def pci(number: int) -> str:
        """PCI address of a NIC, by its place in the list of NICs."""
        return f"0000:00:{_FIRST_SLOT + number:02x}.0"

    def device(self, number: int) -> str:
        """Name of the netdev of a NIC; empty when no driver of the kernel has it."""
        found = self.run(f"cd /sys/bus/pci/devices/{self.pci(number)} && echo net/* virtio*/net/*").stdout.split()
        return next((path.split("/")[-1] for path in found if "*" not in path), "")

    def set_link(self, number: int, up: bool) -> None:
        """Plug the cable of a NIC in, or pull it."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(20)
            monitor.connect(str(self.dir / "monitor"))
            said = b""
            for line in (b"", b"set_link nic%d %s\n" % (number, b"on" if up else b"off")):
                monitor.sendall(line)
                said = b""
                while not said.rstrip().endswith(b"(qemu)"):
                    if not (part := monitor.recv(4096)):
                        raise LabError("the monitor of QEMU has gone")
                    said += part
            if b"Error" in said or b"not found" in said:
                raise LabError(f"set_link: {said.decode(errors='replace')}")

    def bind(self, number: int, driver: str) -> None:
        """Give a NIC to another driver, for example vfio-pci, whose module is loaded."""
        device = f"/sys/bus/pci/devices/{self.pci(number)}"
        self.run(f"echo {driver} >{device}/driver_override && "
                 f"{{ [[ ! -e {device}/driver ]] || echo {self.pci(number)} >{device}/driver/unbind; }} && "
                 f"echo {self.pci(number)} >/sys/bus/pci/drivers_probe && [[ $(readlink {device}/driver) == */{driver} ]]")

    def logs(self) -> str:
        """The end of the guest's console and of what QEMU said."""
        said = []
        for file in (self.console, self.dir / "qemu.log"):
            if file.exists():
                said += file.read_text(errors="replace").replace("\r", "").splitlines()[-40:]
        return "\n".join(said)


@dataclasses.dataclass
class Job:
    """A command in the guest."""
    guest: Guest
    name: str
    command: str

    @property
    def dir(self) -> pathlib.Path:
        return self.guest.rig / self.name

    def running(self) -> bool:
        return self.name not in self.guest._ended

    def wait(self, timeout: float = 60) -> int:
        """Its exit status, when it has ended."""
        self.guest._wait(f"the end of: {self.command}", lambda: not self.running(), timeout)
        return self.guest._ended[self.name]

    def stdout(self) -> str:
        return self._read("stdout")

    def stderr(self) -> str:
        return self._read("stderr")

    def _read(self, stream: str) -> str:
        file = self.dir / stream
        return file.read_text(errors="replace") if file.exists() else ""
