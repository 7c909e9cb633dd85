// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "fake_backend.h"

#include "control/compile/diff.h"
#include "control/config/config_file.h"
#include "control/config/edit.h"

namespace hvs::test {
namespace {

class FakeScan final : public ConnScan {
 public:
  FakeScan(FakeBackend& backend, ConnQuery query, std::uint32_t count, ConnView (*nth)(std::uint32_t))
      : backend_(backend), query_(std::move(query)), count_(count), nth_(nth) {
    ++backend_.scans_open;
  }
  ~FakeScan() override { --backend_.scans_open; }

  void next(std::size_t max, Ready ready) override {
    backend_.post([this, alive = std::weak_ptr<int>(alive_), max, ready = std::move(ready)] {
      if (alive.lock()) draw(max, ready);
    });
  }

 private:
  void draw(std::size_t max, const Ready& ready) {
    ConnBatch batch;
    while (at_ < count_ && batch.conns.size() < max && delivered_ < query_.limit.value_or(~0ULL)) {
      if (backend_.scan_fails_at == at_) return ready(Error{"worker 1 is gone", "workers", "restart"});
      const ConnView conn = nth_(at_++);
      if (!query_.filter.matches(conn)) continue;
      ++summary_.matched;
      if (query_.count_only) continue;
      batch.conns.push_back(conn);
      ++delivered_;
      ++backend_.drawn;
    }
    summary_.visited = at_;
    batch.end = at_ == count_ || delivered_ == query_.limit;
    batch.summary = summary_;
    ready(std::move(batch));
  }

  FakeBackend& backend_;
  ConnQuery query_;
  std::uint32_t count_;
  ConnView (*nth_)(std::uint32_t);
  std::shared_ptr<int> alive_ = std::make_shared<int>();
  std::uint32_t at_ = 0;
  std::uint64_t delivered_ = 0;
  ConnScanSummary summary_;
};

}  // namespace

ConnView fake_conn(std::uint32_t n) {
  ConnView conn;
  conn.worker = WorkerId{static_cast<std::uint8_t>(n % 2)};
  const bool udp = n % 2 == 1;
  conn.protocol = udp ? L4Proto::udp : L4Proto::tcp;
  conn.state = udp ? TcpState::none : TcpState::established;
  conn.replied = n % 4 == 1;
  conn.service = ServiceSlot{udp ? 7U : 3U};
  conn.client = IpAddr::v4(Be32{0x0a000000 + n});
  conn.client_port = L4Port{static_cast<std::uint16_t>(1024 + n % 60000)};
  conn.vip = *IpAddr::parse(udp ? "fd00::100" : "10.10.0.100");
  conn.vip_port = L4Port{80};
  conn.mode = udp ? ForwardingMode::nat : ForwardingMode::fullnat;
  if (!udp) {
    conn.lip = *IpAddr::parse("10.20.0.10");
    conn.lip_port = L4Port{static_cast<std::uint16_t>(10240 + n % 50000)};
  }
  conn.dest = *IpAddr::parse(n % 3 == 0 ? "10.20.0.21" : "10.20.0.22");
  conn.dest_port = L4Port{8080};
  conn.idle_ms = n;
  conn.expires_ms = 900000;
  return conn;
}

ConnView fake_template(std::uint32_t n) {
  ConnView view;
  view.service = ServiceSlot{3};
  view.client = IpAddr::v4(Be32{0xc6330000 + n});
  view.vip = *IpAddr::parse("10.10.0.100");
  view.vip_port = L4Port{n % 2 == 0 ? std::uint16_t{80} : std::uint16_t{0}};
  view.dest = *IpAddr::parse("10.20.0.21");
  view.dest_port = L4Port{n % 2 == 0 ? std::uint16_t{8080} : std::uint16_t{0}};
  view.expires_ms = 300000;
  view.template_of = n;
  return view;
}

FakeBackend::FakeBackend() {
  status_view = {"demo",
                 "0.1.0",
                 4242,
                 93784,
                 "running",
                 3,
                 "/etc/hvs/demo.yaml",
                 2,
                 1,
                 2,
                 12,
                 262144,
                 "to one worker",
                 "/sys/fs/bpf/hvs/demo",
                 {70, 8, 9}};
  service_views = {
      {"web",
       "10.10.0.100",
       "tcp",
       80,
       "fullnat",
       "wrr",
       "inside",
       2,
       5,
       9,
       1000,
       {10, 1500},
       {20, 30000},
       4,
       33,
       1,
       6,
       {700, {7, 1050}, {14, 21000}},
       {12, {120, 18000}, {240, 360000}},
       {"10.10.0.100"},
       "80"},
      {"dns \"x\"", "fd00::100", "udp",  53, "fullnat", "rr", "inside", 1,  7,  0,
       12345678,    {1, 2},      {3, 4}, 0,  0,         0,    0,        {}, {}, {"fd00::100", "fd00::101"},
       "53"}};
  dest_views = {
      {"web", "10.20.0.21", 80, "fullnat", 1, 0, 0, false, 2, 1, 400, {4, 600}, {8, 9000}, {}, {}, 0},
      {"web",
       "10.20.0.22",
       80,
       "nat",
       3,
       10,
       8,
       true,
       3,
       7,
       600,
       {6, 900},
       {12, 21000},
       {420, {4, 630}, {9, 14700}},
       {7, {70, 10500}, {140, 245000}},
       5},
      {"dns \"x\"", "fd20::21", 53, "dr", 1, 0, 0, false, 7, 0, 12345678, {1, 2}, {3, 4}, {}, {}, 0}};
  for (const DropInfo& info : kDropInfo) {
    drop_views.push_back(
        {std::string(info.name), std::string(info.description), info.name == "no_route" ? 17U : 0U});
  }
  port_views = {{"outside", "hvs-out", "af_xdp", "native", 1, "02:00:00:00:00:01", 1500, "up", 100, 6400, 90,
                 5400, 1, 2, 3}};
  for (std::uint64_t id = 0; id < 2; ++id) {
    WorkerView worker;
    worker.id = id;
    worker.cpu = id + 1;
    worker.connections = 6;
    worker.connections_max = 131072;
    worker.vectors = id == 1;
    worker.loops = 1000 + id;
    worker.handoff_in = 5;
    worker_views.push_back(worker);
  }
}

Result<std::vector<DestView>> FakeBackend::dests(std::optional<std::string_view> service) {
  std::vector<DestView> found;
  for (const DestView& dest : dest_views) {
    if (!service || dest.service == *service) found.push_back(dest);
  }
  return or_failure(found);
}

std::optional<ServiceSlot> FakeBackend::service_slot(std::string_view name) {
  if (name == "web") return ServiceSlot{3};
  if (name == "dns \"x\"") return ServiceSlot{7};
  return std::nullopt;
}

std::string_view FakeBackend::service_name(ServiceSlot slot) {
  return slot == ServiceSlot{3} ? "web" : "dns \"x\"";
}

Result<std::unique_ptr<ConnScan>> FakeBackend::scan_conns(const ConnQuery& query) {
  if (failure) return *failure;
  return std::unique_ptr<ConnScan>(std::make_unique<FakeScan>(*this, query, conns, fake_conn));
}

Result<std::unique_ptr<ConnScan>> FakeBackend::scan_templates(const ConnQuery& query) {
  if (failure) return *failure;
  return std::unique_ptr<ConnScan>(std::make_unique<FakeScan>(*this, query, templates, fake_template));
}

void FakeBackend::reload(std::function<void(Result<ReloadView>)> done) {
  ++reloads;
  if (reload_never_ends) return;
  post([this, done = std::move(done)] {
    if (reload_failure) return done(*reload_failure);
    done(
        ReloadView{4, {"service web: dest 10.20.0.23:80 added"}, {"service ftp added"}, {"no such address"}});
  });
}

/// As the daemon does it, without workers to tell.
void FakeBackend::edit(std::string operations, std::function<void(Result<EditView>)> done) {
  post([this, operations = std::move(operations), done = std::move(done)] {
    auto edited = edit_config(config, operations);
    if (!edited) return done(edited.error());
    EditView view{5, diff_configs(config, edited->config).summary(), edit_warnings};
    config = edited->config;
    yaml = config_to_yaml(config);
    zeroed.insert(zeroed.end(), edited->zeroed.begin(), edited->zeroed.end());
    done(std::move(view));
  });
}

}  // namespace hvs::test
