// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/steering/program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <cstdarg>
#include <cstdio>
#include <vector>

#include "bpf/steer_abi.h"
#include "model/message_id.h"

namespace hvs {

namespace {

constexpr std::size_t kLogTail = 4000;  // of the verifier's log: the end says why
constexpr const char* kProgram = "hvs_steer";
constexpr const char* kAbiSection = ".rodata";

/// libbpf prints; we keep what it prints while something of ours is loaded, so that an Error can carry it.
thread_local std::string* captured = nullptr;

int on_libbpf_print(libbpf_print_level level, const char* format, va_list args) {
  if (level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, args);
  const int size = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (size <= 0) return 0;
  std::vector<char> text(static_cast<std::size_t>(size) + 1);
  std::vsnprintf(text.data(), text.size(), format, args);
  if (captured != nullptr) {
    captured->append(text.data(), static_cast<std::size_t>(size));
  } else {
    spdlog::debug("{}", std::string_view(text.data(), static_cast<std::size_t>(size)));
  }
  return size;
}

class Capture {
 public:
  Capture() {
    libbpf_set_print(on_libbpf_print);
    captured = &text_;
  }
  ~Capture() { captured = nullptr; }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  [[nodiscard]] std::string tail() const {
    return text_.size() <= kLogTail ? text_ : "..." + text_.substr(text_.size() - kLogTail);
  }

 private:
  std::string text_;
};

/// The version that the object was built with, from its read-only data, where it is the only constant.
std::uint32_t abi_version(const bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    const std::string_view name = bpf_map__name(map);
    if (!name.ends_with(kAbiSection)) continue;
    std::size_t size = 0;
    const void* data = bpf_map__initial_value(map, &size);
    std::uint32_t version = 0;
    if (data == nullptr || size < sizeof version) return 0;
    std::memcpy(&version, data, sizeof version);
    return version;
  }
  return 0;
}

Result<Fd> copy_fd(int fd, const char* name) {
  Fd copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy)
    return message(MessageId::steering_program, "",
                   std::string("no map ") + name + " in the steering program: " + errno_text(), "");
  return copy;
}

}  // namespace

void SteerProgram::Close::operator()(bpf_object* object) const { bpf_object__close(object); }

Result<SteerProgram::Object> SteerProgram::open(const std::filesystem::path& path) {
  Capture log;
  Object object(bpf_object__open_file(path.c_str(), nullptr));
  if (!object) {
    return message(MessageId::steering_program, path.string(),
                   "cannot open the steering program: " + errno_text() + " " + log.tail(),
                   "Give the directory of steer.bpf.o with --bpf-dir");
  }
  if (const std::uint32_t version = abi_version(object.get()); version != HVS_STEER_ABI_VERSION) {
    return message(MessageId::steering_program, path.string(),
                   "steering program of ABI version " + std::to_string(version) +
                       ", this daemon speaks version " + std::to_string(HVS_STEER_ABI_VERSION),
                   "Install the steer.bpf.o that was built with this hvsd");
  }
  return object;
}

Result<SteerProgram> SteerProgram::load(Object object, const std::filesystem::path& path) {
  Capture log;
  if (const int status = bpf_object__load(object.get()); status != 0) {
    return message(
        MessageId::steering_program, path.string(),
        "the kernel refused the steering program: " + errno_text(status) + "\n" + log.tail(),
        status == -EPERM ? "Run as root, or with CAP_BPF and CAP_NET_ADMIN" : "Please report this log");
  }
  SteerProgram program(std::move(object));
  if (program.fd() < 0)
    return message(MessageId::steering_program, path.string(), "no program hvs_steer in the object", "");
  return program;
}

Result<SteerProgram> SteerProgram::load_first(const std::filesystem::path& path) {
  auto object = open(path);
  if (!object) return object.error();
  return load(std::move(object).value(), path);
}

Result<SteerProgram> SteerProgram::load_for_port(const std::filesystem::path& path, const SharedMaps& shared,
                                                 int xsks_map) {
  auto object = open(path);
  if (!object) return object.error();
  const std::pair<const char*, int> reused[] = {
      {"steer_services", shared.services.get()}, {"steer_vips", shared.vips.get()},
      {"steer_lips", shared.lips.get()},         {"steer_dests", shared.dests.get()},
      {"steer_inside", shared.inside.get()},     {"steer_outside", shared.outside.get()},
      {"steer_stats", shared.stats.get()},       {"xsks_map", xsks_map}};
  for (const auto& [name, fd] : reused) {
    bpf_map* map = bpf_object__find_map_by_name(object->get(), name);
    const int status = map == nullptr ? -ENOENT : bpf_map__reuse_fd(map, fd);
    if (status != 0)
      return message(MessageId::steering_program, path.string(),
                     std::string("cannot use map ") + name + ": " + errno_text(status), "");
  }
  return load(std::move(object).value(), path);
}

int SteerProgram::fd() const {
  const bpf_program* program = bpf_object__find_program_by_name(object_.get(), kProgram);
  return program == nullptr ? -1 : bpf_program__fd(program);
}

std::uint32_t SteerProgram::id() const {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  return bpf_obj_get_info_by_fd(fd(), &info, &size) == 0 ? info.id : 0;
}

int SteerProgram::map(std::string_view name) const {
  return bpf_object__find_map_fd_by_name(object_.get(), std::string(name).c_str());
}

Result<SharedMaps> SteerProgram::shared_maps() const {
  SharedMaps maps;
  const std::pair<const char*, Fd*> wanted[] = {
      {"steer_services", &maps.services}, {"steer_vips", &maps.vips},     {"steer_lips", &maps.lips},
      {"steer_dests", &maps.dests},       {"steer_inside", &maps.inside}, {"steer_outside", &maps.outside},
      {"steer_stats", &maps.stats}};
  for (const auto& [name, fd] : wanted) {
    auto copy = copy_fd(map(name), name);
    if (!copy) return copy.error();
    *fd = std::move(copy).value();
  }
  return maps;
}

}  // namespace hvs
