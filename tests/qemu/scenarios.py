# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What the tests here show of NICs, as rows of docs/tested-on.md: titles, and tests by the NIC that they meet."""

COLUMNS = {
    "e1000e-vfio": "e1000e, native by vfio-pci",
    "e1000e-uio": "e1000e, native by uio_pci_generic",
    "virtio-vfio": "virtio-net, native by vfio-pci, 2 queues",
    "jumbo": "e1000e outside, virtio-net inside, native by vfio-pci, MTU 9000",
    "mixed": "virtio-net, native beside af_xdp",
    "af_xdp-1": "virtio-net, af_xdp, 1 queue",
    "af_xdp-2": "virtio-net, af_xdp, 2 queues",
}
NATIVE = ("e1000e-vfio", "e1000e-uio", "virtio-vfio")  # the kinds of test_native.py
# Of the machine or of the rig, and so of no NIC.
OTHER_FILES = ("test_preflight", "test_rig")

Row = dict[str, list[str]]


def native(*names: str, **more: list[str]) -> Row:
    """Tests of test_native.py, for each of its kinds, and more by column ("-" being "_")."""
    row = {kind: [f"test_native::test_{name}[{kind}" for name in names] for kind in NATIVE}
    for column, tests in more.items():
        row.setdefault(column.replace("xdp_", "xdp-").replace("virtio_", "virtio-"), []).extend(tests)
    return row


def companion(*names: str) -> list[str]:
    return [f"test_companion::test_{name}" for name in names]


def routing(*names: str) -> list[str]:
    return [f"test_routing::test_{name}" for name in names]


def beside_ipvs(*names: str) -> Row:
    return {"af_xdp-1": [f"test_ipvs::test_{name}" for name in names]}


ROWS: dict[str, Row] = {
    "`--check` says what a start would take; vfio-pci needs an IOMMU": native("check_says_what_would_be_and_changes_nothing", "vfio_wants_an_iommu"),
    "full NAT: HTTP over IPv4 and IPv6, no drop": native(
        "it_serves_over_nics_that_it_took_itself", "nothing_was_dropped",
        jumbo=companion("large_frames_pass_through_a_service")),
    "the kernel's own traffic: ARP, ND, ping, both ways": native(
        "the_companions_have_the_names_addresses_and_routes_of_the_nics", "the_kernel_talks_out_of_the_nics",
        jumbo=companion("the_kernel_answers_and_services_do", "frames_of_every_size_reach_the_kernel_and_come_back",
                        "what_the_kernel_sends_has_whole_checksums_and_fits_the_wire"),
        af_xdp_2=["test_queues::test_the_kernel_answers_on_the_same_devices"]),
    "frames over all queues, answers to the worker of the connection": native(
        "queues_and_workers", virtio_vfio=routing("answers_come_to_the_worker_that_has_the_connection"),
        af_xdp_2=["test_queues::test_every_frame_comes_back_over_both_queues"]),
    "what NICs do besides is told; IPv4 headers that they find wrong are dropped": native(
        "what_the_nic_does_besides_is_told_and_a_header_that_it_finds_wrong_is_dropped"),
    "a restart: NICs by their names, addresses kept": native("a_restart_finds_the_nics_by_their_names_and_keeps_the_addresses"),
    "NICs given back with addresses and routes, and not while in use": native(
        "a_nic_in_use_is_not_given_back", "hvsctl_gives_the_nics_back_with_their_addresses_and_routes",
        "the_driver_is_restored_at_the_end_when_asked_for",
        virtio_vfio=routing("the_kernel_has_the_nics_back_with_their_addresses_and_routes")),
    "the way to the machine is not taken": native("a_nic_is_taken_unless_the_machine_is_reached_through_it"),
    "`kill -9`": native("daemons_that_are_killed_lose_no_address_though_the_driver_is_to_be_restored"),
    "a start that fails gives back what it took": native("a_start_that_fails_gives_back_what_it_took"),
    "a BGP session (BIRD 2) beside requests, its routes used": {
        "virtio-vfio": routing("bgp_stands_while_requests_flow", "hvs_uses_the_route_that_bgp_told")},
    "a cable that is pulled and put back": {"virtio-vfio": routing("a_pulled_cable")},
    "another kind of port by one word of the file": {
        "virtio-vfio": routing("one_word_of_the_file_is_changed[native"), "mixed": routing("one_word_of_the_file_is_changed[af_xdp")},
    "the examples of `config/`": {column: routing(f"an_example_starts_as_it_is_but_for_the_names_of_the_devices[{example}") for column, example in
                                  (("virtio-vfio", "full-bypass"), ("mixed", "mixed"), ("af_xdp-2", "shared-nic"))},
    "companions by vhost-net, and by tap without it": {
        "jumbo": companion("frames_pass_by_vhost_net", "without_vhost_net_the_companion_is_a_tap")},
    "a macvlan with a MAC address of its own, tcpdump": {
        "jumbo": companion("a_macvlan_on_the_companion_has_a_mac_address_of_its_own",
                           "who_sniffs_on_the_companion_as_tcpdump_does_sees_what_is_for_others")},
    "idle workers wait for interrupts": {"jumbo": companion("idle_workers_wait_for_what_the_nics_offer")},
    "a companion that is set down, or removed; an MTU beyond the NIC's": {
        "jumbo": companion("a_companion_that_is_set_down_is_down_and_comes_back", "a_companion_that_is_removed_ends_the_daemon",
                           "an_mtu_beyond_the_nic_is_refused_with_the_one_that_it_takes")},
    "tunnels that the kernel of the real server ends, as its page says (IPv4 and IPv6 in IPIP, GRE and GUE over either, in FOU over IPv4)": {
        "af_xdp-1": ["test_tunnel_ends::test_the_kernel_takes_what_comes_in_by", "test_tunnel_ends::test_nothing_was_dropped",
                     "test_tunnel_ends::test_the_page_names_these_devices"]},
    "beside the kernel's IPVS, frame by frame: NAT": beside_ipvs("frames[nat-"),
    "the same: direct routing": beside_ipvs("frames[dr-"),
    "the same: tunnels (IPIP, GRE and GUE, with and without checksums)": beside_ipvs("frames[ipip-", "frames[gre-", "frames[gue-"),
    "the same: NAT to real servers on a VLAN": beside_ipvs("frames[vlan-"),
    "the same: who gets which connection": beside_ipvs("placement"),
    "the same: commands, and what the comparison itself has to hold": beside_ipvs(
        "commands", "both_took_the_same_steps_and_most_showed_something", "every_difference_that_is_listed_exists",
        "nothing_is_lost_for_another_reason", "every_difference_of_commands_exists", "each_takes_what_the_other_one_saved",
        "the_page_names_the_same_differences"),
}
