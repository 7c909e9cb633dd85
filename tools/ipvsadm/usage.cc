// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/command.h"

namespace hvs::ipvs {

std::string usage() {
  return R"(hvs-ipvsadm: ipvsadm's command line for a running hvsd (docs/ipvsadm.md has every difference)

  hvs-ipvsadm -A|-E SERVICE [-s SCHEDULER] [-b FLAGS] [-p [SECONDS]] [-M MASK] [-o]
                    [--mh-table-size N] [--lip-pool NAME]
  hvs-ipvsadm -D SERVICE
  hvs-ipvsadm -a|-e SERVICE -r SERVER [-b|-m|-g|-i] [-w WEIGHT] [-x MAX] [-y MIN] [TUNNEL]
  hvs-ipvsadm -d SERVICE -r SERVER
  hvs-ipvsadm -P|-Q SERVICE -z LOCAL-ADDRESS [-F PORT]
  hvs-ipvsadm -G [SERVICE] [-n]
  hvs-ipvsadm -L|-l [SERVICE] [-n] [-X|--exact] [--nosort]
              [-c | --stats | --rate | --thresholds | --persistent-conn | --tun-info | --timeout]
  hvs-ipvsadm -Z [SERVICE]
  hvs-ipvsadm --set TCP TCPFIN UDP
  hvs-ipvsadm -C
  hvs-ipvsadm -S [-n] > FILE
  hvs-ipvsadm -R < FILE
  hvs-ipvsadm -h | -v

Commands
  -A, --add-service     add a service           -a, --add-server     add a real server
  -E, --edit-service    change one              -e, --edit-server    change one
  -D, --delete-service  remove one              -d, --delete-server  remove one
  -C, --clear           remove all services     -Z, --zero           let counters begin anew
  -S, --save            print as commands       -R, --restore        carry out commands, all or none
  -L, --list            show                    --set                change timeouts, in seconds; 0 keeps one
  -P, --add-laddr       add a local address     -Q, --del-laddr      remove one
  -G, --get-laddr       show local addresses

SERVICE
  -t, --tcp-service ADDRESS:PORT                -u, --udp-service ADDRESS:PORT
      --sctp-service ADDRESS:PORT

Options of a service
  -s, --scheduler NAME        how real servers are picked (default wlc)
  -b, --sched-flags FLAGS     of the scheduler, with commas between
  -p, --persistent [SECONDS]  clients return to their real server (default 360)
  -M, --netmask MASK          clients of such a network count as one
  -o, --ops                   every UDP packet for itself
      --mh-table-size N       entries of scheduler mh's table (default 65537)
      --lip-pool NAME         local addresses come from this pool of the configuration

Options of a real server
  -r, --real-server ADDRESS[:PORT]
  -b, --fullnat               full NAT, from a local address
  -m, --masquerading  -g, --gatewaying (default)  -i, --ipip
  -w, --weight N              share of new connections (default 1); 0 drains
  -x, --u-threshold N         at most so many connections
  -y, --l-threshold N         new ones again below so many
      --tun-type ipip|gue|gre  (default ipip)   --tun-port PORT      of type gue
      --tun-csum  --tun-nocsum  of gue and gre  --gue-variant 0|1    of type gue (default 0)

Which hvsd
      --instance NAME         else $HVS_INSTANCE, else the only one that runs

Exit status: 0 done, 1 the service to list does not exist, 2 a wrong value, a missing option or no daemon,
255 a senseless command line, or refused by the daemon.
)";
}

}  // namespace hvs::ipvs
