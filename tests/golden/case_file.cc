// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/golden/case_file.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace hvs::golden {

namespace {

Bytes from_hex(const std::string& text) {
  Bytes out;
  std::string digits;
  for (const char c : text) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    std::size_t used = 0;
    out.push_back(static_cast<std::uint8_t>(std::stoul(digits, &used, 16)));
    if (used != 2) throw std::runtime_error("not hexadecimal");
    digits.clear();
  }
  if (!digits.empty()) throw std::runtime_error("half a byte");
  return out;
}

PortFrame port_frame(const std::string& name, const std::string& text) {
  PortFrame frame;
  const std::size_t dot = name.find('.');
  frame.port = name.substr(0, dot);
  if (dot != std::string::npos) frame.queue = static_cast<std::uint16_t>(std::stoul(name.substr(dot + 1)));
  frame.text = text;
  return frame;
}

/// Reads line by line; a frame's bytes follow the line that begins it.
class Parser {
 public:
  explicit Parser(CaseFile& out) : out_(out) {}

  void line(const std::string& text) {
    const std::size_t start = text.find_first_not_of(' ');
    if (start == std::string::npos) return;
    if (text[start] == '#') {
      if (frame_ != nullptr && start != 0) frame_->text = text.substr(start + 1);
      return;
    }
    if (start != 0) {
      if (frame_ == nullptr) throw std::runtime_error("bytes without a frame");
      const Bytes more = from_hex(text.substr(start));
      frame_->bytes.insert(frame_->bytes.end(), more.begin(), more.end());
      return;
    }
    std::istringstream words(text);
    std::string verb;
    words >> verb;
    std::string rest;
    std::getline(words >> std::ws, rest);
    statement(verb, rest);
  }

 private:
  void statement(const std::string& verb, const std::string& rest) {
    frame_ = nullptr;
    if (verb == "sizes") {
      std::istringstream(rest) >> out_.sizes.connections >> out_.sizes.lip_pairs;
      return;
    }
    if (verb == "step") {
      out_.steps.emplace_back().title = rest;
      return;
    }
    if (out_.steps.empty()) throw std::runtime_error("`step` comes first");
    Step& step = out_.steps.back();
    if (verb == "advance") {
      step.advance_ms = static_cast<std::uint32_t>(std::stoul(rest));
    } else if (verb == "config") {
      step.config = rest;
    } else if (verb == "world") {
      step.world = rest;
    } else if (verb == "turns") {
      step.turns = static_cast<unsigned>(std::stoul(rest));
    } else if (verb == "ask") {
      step.asks.push_back(rest);
    } else if (verb == "count") {
      count(step, rest);
    } else if (verb == "in" || verb == "out" || verb == "punt") {
      auto& frames = verb == "in" ? step.in : verb == "out" ? step.out : step.punts;
      frames.push_back(port_frame(rest, {}));
      frame_ = &frames.back();
    } else {
      throw std::runtime_error("unknown word " + verb);
    }
  }
  static void count(Step& step, const std::string& rest) {
    std::istringstream words(rest);
    std::string name;
    std::int64_t delta = 0;
    if (!(words >> name >> delta)) throw std::runtime_error("count NAME DELTA expected");
    if (!step.counts.emplace(name, delta).second) throw std::runtime_error(name + " is counted twice");
  }

  CaseFile& out_;
  PortFrame* frame_ = nullptr;
};

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

CaseFile CaseFile::load(const std::filesystem::path& directory) {
  CaseFile out;
  out.directory = directory;
  Parser parser(out);
  std::istringstream lines(read_file(directory / "case.txt"));
  unsigned number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    try {
      parser.line(line);
    } catch (const std::exception& e) {
      throw std::runtime_error((directory / "case.txt").string() + ":" + std::to_string(number) + ": " +
                               e.what());
    }
  }
  if (out.steps.empty()) throw std::runtime_error(directory.string() + ": no step");
  return out;
}

}  // namespace hvs::golden
