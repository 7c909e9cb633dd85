# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Services on more than one VIP and port."""
from collections.abc import Iterator

from scapy.layers.inet import ICMP, IP

from . import basics, fragments, icmp
from .case import Case
from .net import ANY_FLOWS, CONFIG, GATEWAY, NAT_ANY_CONFIG, NAT_ANY_FLOWS, OUTSIDE, Flow, ether, opening, plain_case

WEB, WEB6 = ANY_FLOWS["tcp_ipv4"], ANY_FLOWS["tcp_ipv6"]
HEAD = CONFIG[:CONFIG.index("services:")]


def config_of(*services: str) -> str:
    """Each is a flow list: name, where it is and where it goes."""
    return HEAD + "services:\n" + "".join(f"  - {{ {service} }}\n" for service in services)


def service(name: str, where: str, dest: str, more: str = "lip_pool: inside") -> str:
    return f"name: {name}, {where}, {more}, dests: [ {{ {dest} }} ]"


def through(case: Case, flow: Flow) -> None:
    flow.opened(case)
    flow.client_sends(case, flags="S", payload=b"")
    flow.dest_sends(case, flags="SA", payload=b"", ack=1001)


def rank() -> Case:
    config = config_of(service("all", "vip: 10.10.0.100, port: any", "address: 10.20.0.21"),
                       service("some", "vip: 10.10.0.100, port: 8000-8099", "address: 10.20.0.21, port: 9000"),
                       service("one", "vip: 10.10.0.100, port: [ 8050, 443 ]", "address: 10.20.0.22"))
    case = plain_case("single_ports_before_ranges_before_any_port", "Of the services on a VIP the one counts that says most "
                      "about the port.", config=config, mode="any_port")
    for port, name, changes in ((22, "all", {"dest_port": 22}), (7999, "all", {"dest_port": 7999}),
                                (8000, "some", {"dest_port": 9000, "any_port": False}),
                                (8099, "some", {"dest_port": 9000, "any_port": False, "lip_port": 10241}),
                                (8050, "one", {"dest_port": 8050, "dest": "10.20.0.22", "dest_mac": "02:00:00:00:02:22"}),
                                (443, "one", {"dest_port": 443, "dest": "10.20.0.22", "dest_mac": "02:00:00:00:02:22"}),
                                (65535, "all", {"dest_port": 65535, "lip_port": 10241})):  # as 7999, modulo 8
        case.step(f"port {port}: service {name}")
        through(case, WEB.but(vip_port=port, service=name, client_port=40000 + port % 1000, **changes))
    case.step("another protocol is nobody's")
    case.punt("outside", WEB.but(tcp=False).from_client())
    case.step("and so is a ping to the VIP")
    case.punt("outside", ether(GATEWAY, OUTSIDE) / IP(src="192.0.2.1", dst="10.10.0.100") / ICMP())
    case.step("a segment of no connection")
    case.no_connection("outside", WEB.but(vip_port=23).from_client(flags="A"))
    return case


def local_ports() -> Case:
    case = plain_case("local_ports_for_each_port_of_a_dest", "A local port serves every port of the dest once: each is another "
                      "tuple. What another service has at the same port is not used again.",
                      config=config_of(service("web", "vip: 10.10.0.100, port: any", "address: 10.20.0.21"),
                                       service("other", "vip: 10.10.0.101, port: 80", "address: 10.20.0.21")),
                      mode="any_port")
    for number, (port, lip_port) in enumerate(((22, 10240), (80, 10240), (22, 10241), (443, 10240))):
        case.step(f"port {port}")
        through(case, WEB.but(vip_port=port, dest_port=port, lip_port=lip_port, client_port=41000 + number))
    case.step("the other service, at a port that the first one has used")
    through(case, WEB.but(vip="10.10.0.101", service="other", dest_port=80, lip_port=10241, any_port=False))
    return case


def scan() -> Case:
    case = plain_case("scan_of_all_ports", "Who asks for port after port uses up connections, but no bitmaps of local ports: a "
                      "service that has asked for none so far gets its own.",
                      config=config_of(service("all", "vip: 10.10.0.100, port: any", "address: 10.20.0.21"),
                                       service("one", "vip: 10.10.0.101, port: 80", "address: 10.20.0.22, port: 8080")),
                      mode="any_port", sizes=(64, 12))
    case.step("twenty ports of the VIP", turns=2)
    for n in range(20):
        flow = WEB.but(vip_port=1000 + n, dest_port=1000 + n, service="all", client_port=41000, lip_port=10240 + n // 8)
        flow.opened(case)
        flow.client_sends(case, flags="S", payload=b"")
    case.step("the other service")
    through(case, WEB.but(vip="10.10.0.101", service="one", dest="10.20.0.22", dest_mac="02:00:00:00:02:22",
                          any_port=False, dest_port=8080))
    return case


def several_vips() -> Case:
    def config(vips: str) -> str:
        return config_of(service("web", f"vips: {vips}, port: [ 80, 8000-8099 ]", "address: 10.20.0.21"))

    case = plain_case("several_vips", "One service on several addresses: answers come from the one that was asked.",
                      config=config("[ 10.10.0.100, 10.10.0.101 ]"), mode="any_port")
    flows = [WEB.but(vip=f"10.10.0.{100 + n % 2}", vip_port=port, dest_port=port, lip_port=10240 + n % 2,
                     client_port=42000 + n) for n, port in enumerate((80, 80, 8050, 8050))]
    for flow in flows:
        case.step(f"{flow.vip} port {flow.vip_port}")
        through(case, flow)
    case.step("an address that is none of them")
    case.punt("outside", WEB.but(vip="10.10.0.102").from_client(flags="S"))
    case.step("it joins, another one leaves: the service is the same, and connections go on",
              config=config("[ 10.10.0.100, 10.10.0.102 ]"))
    late = WEB.but(vip="10.10.0.102", lip_port=10242, client_port=43000)
    through(case, late)
    for flow in flows:
        flow.client_sends(case, flags="A", payload=b"", seq=1001)
        flow.dest_sends(case, ack=1001)
    case.step("the one that left takes no more")
    case.punt("outside", WEB.but(vip="10.10.0.101", client_port=43001).from_client(flags="S"))
    return case


def not_a_reply() -> Case:
    flow = NAT_ANY_FLOWS["tcp_ipv4"]
    case = plain_case("what_a_dest_sends_else", "From a real server on any port every frame is steered; what is no answer goes on "
                      "to the kernel.", mode="nat_any_port")
    opening(case, flow)
    case.step("to somebody who asked nothing, from the same port and another one")
    case.punt("inside", flow.but(lip="192.0.2.77").from_dest(flags="SA"))
    case.punt("inside", flow.but(lip="192.0.2.77", dest_port=9999).from_dest(flags="SA"))
    case.step("to the client, from another port")
    case.punt("inside", flow.but(dest_port=9999).from_dest())
    case.step("the answer goes through")
    flow.dest_sends(case, flags="A", payload=b"")
    case.step("the dest leaves, its connection stays", config=NAT_ANY_CONFIG.replace("10.20.0.21", "10.20.0.22"))
    flow.client_sends(case, seq=1001)
    flow.dest_sends(case, ack=1007)
    return case


def cases() -> Iterator[Case]:
    for flows in (ANY_FLOWS, NAT_ANY_FLOWS):
        for name, flow in flows.items():
            yield from (basics.whole_life(name, flow), icmp.translated(name, flow), fragments.follow(name, flow))
    yield from (rank(), local_ports(), scan(), several_vips(), not_a_reply())
