// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/app.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "tools/hvsctl/client.h"
#include "tools/hvsctl/instances.h"
#include "tools/hvsctl/save.h"

namespace hvs::ctl {
namespace {

constexpr std::size_t kConnLookAhead = 50;  // rows from which the widths of `conns` are taken

/// Standard output that remembers a failed write; a reader that has left (| head) is no failure.
class Output {
 public:
  explicit Output(std::FILE* file) : file_(file) {}
  void write(std::string_view text) {
    if (good() && std::fwrite(text.data(), 1, text.size(), file_) != text.size()) error_ = errno;
  }
  void flush() {
    if (good() && std::fflush(file_) != 0) error_ = errno;
  }
  [[nodiscard]] bool good() const { return error_ == 0; }
  [[nodiscard]] bool terminal() const { return isatty(fileno(file_)) == 1; }
  [[nodiscard]] Result<void> outcome() const {
    if (good() || error_ == EPIPE) return {};
    return Error{std::string("cannot write: ") + std::strerror(error_), "standard output", ""};
  }

 private:
  std::FILE* file_;
  int error_ = 0;
};

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~:").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

struct Resource {
  const char* method;
  const char* path;
};

Resource resource_of(const Options& options) {
  switch (options.command) {
    case Command::status: return {"GET", "/v1/status"};
    case Command::services: return {"GET", "/v1/services"};
    case Command::dests: return {"GET", "/v1/dests"};
    case Command::conns: return {"GET", options.count ? "/v1/conns/count" : "/v1/conns"};
    case Command::drops: return {"GET", "/v1/drops"};
    case Command::ports: return {"GET", "/v1/ports"};
    case Command::workers: return {"GET", "/v1/workers"};
    case Command::reload: return {"POST", "/v1/reload"};
    case Command::config:
    case Command::config_save: return {"GET", "/v1/config"};
    case Command::config_diff: return {"GET", "/v1/config/diff"};
    case Command::config_edit: return {"POST", "/v1/config/edit"};
  }
  return {"GET", "/v1/status"};
}

std::string target_of(const Resource& resource, const Options& options) {
  std::string target = resource.path;
  char separator = '?';
  for (const auto& [key, value] : options.query) {
    target += separator + key + "=" + percent_encode(value);
    separator = '&';
  }
  return target;
}

Result<void> print(const Options& options, const std::string& body, Output& out) {
  const Table::Write write = [&](std::string_view text) { out.write(text); };
  const auto listing = [&](Listing what) { return print_listing(what, body, options.style, write); };
  if (options.json) {
    out.write(body);
    return {};
  }
  switch (options.command) {
    case Command::status: return listing(Listing::status);
    case Command::services: return listing(Listing::services);
    case Command::dests: return listing(Listing::dests);
    case Command::drops: return listing(Listing::drops);
    case Command::ports: return listing(Listing::ports);
    case Command::workers: return listing(Listing::workers);
    case Command::reload: return print_reload(body, write);
    case Command::config: out.write(body); return {};
    case Command::config_diff: return print_diff(body, write);
    case Command::config_edit: return print_edit(body, write);
    case Command::config_save: return {};  // save() does it
    case Command::conns: {
      auto text = count_text(body, options.style);
      if (!text) return text.error();
      out.write(*text);
      return {};
    }
  }
  return {};
}

/// The connections go to `out` as they come; an error that the daemon met on the way is its last line.
Result<void> stream_conns(ApiClient& client, const std::string& target, const Options& options, Output& out) {
  Table table(
      conn_columns(), "no connections", [&](std::string_view text) { out.write(text); }, kConnLookAhead);
  Result<void> problem;
  const auto reply = client.lines(target, [&](std::string_view line) {
    if (line.starts_with("{\"error\":")) {
      problem = api_error(200, line);
      return false;
    }
    if (options.json) {
      out.write(line);
      out.write("\n");
    } else if (auto cells = conn_cells(line)) {
      table.add(std::move(*cells));
    } else {
      problem = cells.error();
    }
    return out.good() && problem.ok();
  });
  const bool refused = reply.ok() && reply->status != 200;
  if (problem.ok() && !reply) problem = reply.error();
  if (refused) problem = api_error(reply->status, reply->body);
  if (!options.json) problem.ok() ? table.finish() : table.flush();
  return problem;
}

/// A connection serves one request.
Result<std::string> get(const std::string& socket, const std::string& target) {
  const auto client = ApiClient::connect(socket);
  if (!client) return client.error();
  auto reply = (*client)->request("GET", target);
  if (!reply) return reply.error();
  if (reply->status != 200) return api_error(reply->status, reply->body);
  return std::move(reply->body);
}

/// What somebody wrote into the daemon's file and has not loaded yet would be lost.
Result<void> check_all_loaded(const std::string& socket, const std::string& file) {
  const std::string fix =
      "Load it (`hvsctl reload`; `hvsctl config diff` shows what that changes), save to another file "
      "(`hvsctl config save FILE`), or overwrite it with --force";
  const auto diff = get(socket, "/v1/config/diff");
  if (!diff) return Error{"cannot be compared with what is in force: " + diff.error().message(), file, fix};
  const auto changes = unloaded_changes(*diff);
  if (!changes) return changes.error();
  if (changes->empty()) return {};
  const std::string more =
      changes->size() == 1 ? "" : " (and " + std::to_string(changes->size() - 1) + " more)";
  return Error{"was changed since it was loaded: " + changes->front() + more, file, fix};
}

/// The configuration in force becomes the file's text; which file is its own, the daemon knows.
Result<void> save(const std::string& socket, const Options& options, Output& out) {
  const auto status = get(socket, "/v1/status");
  if (!status) return status.error();
  const auto own = config_file_of(*status);
  if (!own) return own.error();
  const std::string file = options.save_file.value_or(*own);
  std::error_code none;
  const bool is_own = !options.save_file || std::filesystem::equivalent(file, *own, none);
  if (is_own && !options.force && std::filesystem::exists(file, none)) {
    if (auto loaded = check_all_loaded(socket, file); !loaded) return loaded;
  }
  const auto config = get(socket, "/v1/config");
  if (!config) return config.error();
  const std::string note = "# Saved by hvsctl config save: what was in force, defaults written out.\n";
  if (auto done = replace_file(file, note + *config); !done) return done;
  // The daemon compares the two, and knows from then on that the file says what is in force.
  if (is_own) (void)get(socket, "/v1/config/diff");
  out.write("saved to " + file + "\n");
  return {};
}

/// What goes with the request.
Result<std::string> body_of(const Options& options) {
  std::error_code none;
  if (options.command == Command::config_edit && options.operations.find('[') == std::string::npos &&
      std::filesystem::exists(options.operations, none))
    return Error{"is a file, and operations are meant: JSON as in docs/api.md", options.operations,
                 "To have them read from it: `hvsctl config edit - < " + options.operations + "`"};
  if (options.command != Command::config_edit || options.operations != "-") return options.operations;
  std::string text;
  std::array<char, 4096> some;
  while (const std::size_t got = std::fread(some.data(), 1, some.size(), stdin))
    text.append(some.data(), got);
  if (std::ferror(stdin) != 0)
    return Error{std::string("cannot read: ") + std::strerror(errno), "standard input", ""};
  return text;
}

Result<void> perform(ApiClient& client, const Options& options, Output& out) {
  const Resource resource = resource_of(options);
  const std::string target = target_of(resource, options);
  if (options.command == Command::conns && !options.count) return stream_conns(client, target, options, out);
  auto body = body_of(options);
  if (!body) return body.error();
  const auto reply = client.request(resource.method, target, std::move(*body));
  if (!reply) return reply.error();
  if (reply->status != 200) return api_error(reply->status, reply->body);
  return print(options, reply->body, out);
}

Result<std::string> socket_of(const Options& options) {
  if (options.socket) return *options.socket;
  return find_socket(options.instance);
}

/// The API's words for what was given, in those of the command line.
Error in_our_words(Error error, Command command) {
  constexpr std::string_view kParameter = "query parameter '";
  if (error.where.starts_with(kParameter) && error.where.ends_with('\'')) {
    const std::string key = error.where.substr(kParameter.size(), error.where.size() - kParameter.size() - 1);
    error.where = command == Command::dests && key == "service" ? "SERVICE" : "--" + key;
  }
  if (error.fix == "GET /v1/services lists them") error.fix = "`hvsctl services` lists them";
  return error;
}

ExitCode complain(std::FILE* err, const Error& error, ExitCode code) {
  std::fprintf(err, "hvsctl: %s\n", error.message().c_str());
  return code;
}

ExitCode run_once(const Options& options, Output& out, std::FILE* err) {
  const auto socket = socket_of(options);
  if (!socket) return complain(err, socket.error(), kNoDaemon);
  const auto client = ApiClient::connect(*socket);
  if (!client) return complain(err, client.error(), kNoDaemon);
  const auto done =
      options.command == Command::config_save ? save(*socket, options, out) : perform(**client, options, out);
  out.flush();
  if (!done) return complain(err, in_our_words(done.error(), options.command), kFailed);
  if (const auto written = out.outcome(); !written) return complain(err, written.error(), kFailed);
  return kOk;
}

}  // namespace

ExitCode run(const Options& options, std::FILE* file, std::FILE* err) {
  Output out(file);
  if (!options.watch_s) return run_once(options, out, err);
  for (bool first = true;; first = false) {
    if (out.terminal()) {
      out.write("\033[H\033[2J");  // home, clear
    } else if (!first) {
      out.write("\n");
    }
    const ExitCode code = run_once(options, out, err);
    if (code != kOk || !out.good()) return code;
    std::this_thread::sleep_for(std::chrono::duration<double>(*options.watch_s));
  }
}

}  // namespace hvs::ctl
