// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/log_writer.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <string_view>
#include <utility>

namespace hvs {
namespace {

/// False when it cannot be written. Waits for ever for a reader.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(fd, text.data(), text.size());
    if (done > 0) {
      text.remove_prefix(static_cast<std::size_t>(done));
    } else if (done < 0 && errno == EAGAIN) {  // somebody who shares the descriptor has set O_NONBLOCK
      pollfd room{fd, POLLOUT, 0};
      (void)poll(&room, 1, -1);
    } else if (done == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct LogWriter::State {
  const int fd;
  const Note note;
  const Limits limits;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;
  std::size_t bytes = 0;  // of lines
  std::uint64_t lost = 0;
  bool writing = false;
  bool hangs = false;  // the reader let somebody wait in vain, and has not read everything since
  bool ending = false;

  State(int to, Note on_loss, Limits bounds) : fd(to), note(std::move(on_loss)), limits(bounds) {}

  [[nodiscard]] bool idle() const { return lines.empty() && !writing; }
  void run();
};

void LogWriter::State::run() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return !lines.empty() || ending; });
    if (lines.empty()) return;
    const std::string line = std::move(lines.front());
    lines.pop_front();
    bytes -= line.size();
    const std::uint64_t missing = lost;
    writing = true;
    lock.unlock();
    const bool told = missing == 0 || write_all(fd, note(missing));
    const bool out = told && write_all(fd, line);
    lock.lock();
    writing = false;
    if (told) lost -= missing;
    if (!out) ++lost;
    if (!lines.empty()) continue;
    hangs = false;
    changed.notify_all();
  }
}

LogWriter::LogWriter(int fd, Note note, Limits limits)
    : state_(std::make_shared<State>(fd, std::move(note), limits)) {
  // Signals are the other threads' business.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([state = state_] { state->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), "hvs-log");
}

LogWriter::~LogWriter() {
  std::unique_lock lock(state_->mutex);
  state_->ending = true;
  state_->changed.notify_all();
  const bool out = state_->changed.wait_for(lock, state_->limits.farewell, [this] { return state_->idle(); });
  lock.unlock();
  out ? thread_.join() : thread_.detach();
}

void LogWriter::write(std::string line) {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  s.bytes += line.size();
  s.lines.push_back(std::move(line));
  for (; s.bytes > s.limits.bytes && s.lines.size() > 1; ++s.lost) {
    s.bytes -= s.lines.front().size();
    s.lines.pop_front();
  }
  s.changed.notify_all();
  if (s.hangs) return;
  s.hangs = !s.changed.wait_for(lock, s.limits.patience, [&s] { return s.idle(); });
}

void LogWriter::follow_affinity() {
  cpu_set_t cpus;
  if (pthread_getaffinity_np(pthread_self(), sizeof cpus, &cpus) != 0) return;
  (void)pthread_setaffinity_np(thread_.native_handle(), sizeof cpus, &cpus);
}

}  // namespace hvs
