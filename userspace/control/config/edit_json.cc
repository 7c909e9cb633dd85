// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/edit_json.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "control/config/utf8.h"

namespace hvs::config {

namespace {

using Json = nlohmann::json;

/// More than the largest configuration has. A value takes about 70 bytes here, however short its text is.
constexpr std::size_t kMaxNodes = 2'000'000;
constexpr const char* kWhere = "the request's body";
constexpr const char* kFix = "Send a JSON array of operations (docs/api.md)";

/// Builds the trees out of the parser's events: unlike a JSON value these keep a key that is given twice,
/// which the loader refuses.
class TreeBuilder final : public Json::json_sax_t {
 public:
  [[nodiscard]] bool complete() const { return array_ && open_.empty(); }
  std::vector<YamlNode> take() { return std::move(elements_); }
  [[nodiscard]] const std::string& problem() const { return problem_; }

  bool null() override { return add(YamlNode{}); }
  bool boolean(bool value) override { return add(YamlNode::scalar(value ? "true" : "false")); }
  bool number_integer(number_integer_t value) override {
    return add(YamlNode::scalar(std::to_string(value)));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return add(YamlNode::scalar(std::to_string(value)));
  }
  bool number_float(number_float_t, const string_t& text) override { return add(YamlNode::scalar(text)); }
  bool string(string_t& value) override { return add(YamlNode::scalar(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(YamlNode::map()); }
  bool key(string_t& value) override {
    // What is within an operation the loader judges.
    if (open_.size() == 1 && open_.back().find(value) != nullptr)
      return refuse("operation " + std::to_string(elements_.size() + 1) + " gives the key " +
                    printable(value) + " twice");
    return add(YamlNode::scalar(value));
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override {
    if (!array_ && open_.empty()) return array_ = true;
    return open(YamlNode::sequence({}));
  }
  bool end_array() override { return open_.empty() || close(); }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) override {
    problem_ = "no valid JSON, at byte " + std::to_string(at);
    return false;
  }

 private:
  bool open(YamlNode node) {
    if (!array_) return refuse("no JSON array");
    if (open_.size() == kMaxDepth) return refuse("nested too deep");
    mark(node);
    open_.push_back(std::move(node));
    return true;
  }
  bool close() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    return add(std::move(node));
  }
  bool add(YamlNode node) {
    if (!array_) return refuse("no JSON array");
    if (++nodes_ > kMaxNodes)
      return refuse("more than " + std::to_string(kMaxNodes) + " values; send less at once");
    mark(node);
    if (open_.empty()) {
      elements_.push_back(std::move(node));
    } else {
      open_.back().items.push_back(std::move(node));
    }
    return true;
  }
  void mark(YamlNode& node) const { node.mark.line = static_cast<std::uint32_t>(elements_.size() + 1); }
  bool refuse(std::string why) {
    problem_ = std::move(why);
    return false;
  }

  bool array_ = false;
  std::vector<YamlNode> open_;  // within the array, outermost first
  std::vector<YamlNode> elements_;
  std::size_t nodes_ = 0;
  std::string problem_;
};

}  // namespace

Result<std::vector<YamlNode>> parse_operations(std::string_view json) {
  TreeBuilder builder;
  if (!Json::sax_parse(json, &builder) || !builder.complete()) {
    return Error{builder.problem().empty() ? "no JSON array" : builder.problem(), kWhere, kFix};
  }
  return builder.take();
}

}  // namespace hvs::config
