// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/config_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "control/config/schema.h"
#include "control/config/validate.h"

namespace hvs {

namespace {

using namespace config;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Error cannot_read(const std::string& path, int error) {
  const char* fix = error == ENOENT ? "Name an existing file" : "Check the file's permissions";
  return {std::string("cannot be read: ") + std::strerror(error), path, fix};
}

/// The bytes of a regular file (or a pipe), a little more than kMaxFileBytes at most.
Result<std::string> read_file(const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return cannot_read(path, errno);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return cannot_read(path, errno);
  if (S_ISDIR(info.st_mode)) return Error{"is a directory", path, "Name the file in it"};
  std::string text;
  char chunk[1 << 16];
  while (text.size() <= kMaxFileBytes) {
    const ssize_t got = read(fd.get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, errno);
    if (got == 0) break;
    text.append(chunk, static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

ConfigResult parse_config(std::string_view text, std::string_view file_name) {
  Problems problems(file_name);
  YamlNode root;
  if (!parse_yaml(text, problems, root)) return ConfigProblems{std::move(problems).errors()};
  if (root.kind == YamlNode::Kind::null) {
    problems.add(Mark{}, "is empty", "Write at least `ports`; config/reference.md lists every setting");
    return ConfigProblems{std::move(problems).errors()};
  }
  Document document;
  read_section(root, document_section(), Scope(problems), document);
  if (root.kind == YamlNode::Kind::map) validate(document, root, problems);
  if (!problems.empty()) return ConfigProblems{std::move(problems).errors()};
  return document;
}

ConfigResult load_config(const std::string& path) {
  auto text = read_file(path);
  if (!text) return ConfigProblems{{text.error()}};
  return parse_config(*text, path);
}

std::string config_to_yaml(const Config& value) {
  return emit_yaml(write_section(document_section(), value));
}

std::string ConfigProblems::text() const {
  std::string out;
  for (const Error& error : list) out += error.message() + "\n";
  return out;
}

Error ConfigProblems::summary() const {
  if (list.empty()) return {"no problem", {}, {}};
  Error first = list.front();
  if (list.size() > 1) first.what += " (and " + std::to_string(list.size() - 1) + " more problems)";
  return first;
}

}  // namespace hvs
