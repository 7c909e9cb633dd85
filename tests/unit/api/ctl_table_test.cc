// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <string>

#include "tools/hvsctl/table.h"
#include "tools/hvsctl/tables.h"
#include "tools/hvsctl/units.h"

namespace hvs::ctl {
namespace {

TEST(Units, Counts) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(1000), "1.00k");
  EXPECT_EQ(human_count(12345), "12.3k");
  EXPECT_EQ(human_count(99949), "99.9k");
  EXPECT_EQ(human_count(99950), "100k");
  EXPECT_EQ(human_count(999499), "999k");
  EXPECT_EQ(human_count(999500), "1.00M");
  EXPECT_EQ(human_count(~0ULL), "18.4E");
}

TEST(Units, Bytes) {
  EXPECT_EQ(human_bytes(1023), "1023B");
  EXPECT_EQ(human_bytes(1024), "1.00KiB");
  EXPECT_EQ(human_bytes(1023 * 1024), "1023KiB");
  EXPECT_EQ(human_bytes(1024 * 1024 - 1), "1.00MiB");
  EXPECT_EQ(human_bytes(~0ULL), "16.0EiB");
}

TEST(Units, Durations) {
  EXPECT_EQ(human_duration(0), "0s");
  EXPECT_EQ(human_duration(59), "59s");
  EXPECT_EQ(human_duration(185), "3m05s");
  EXPECT_EQ(human_duration(7380), "2h03m");
  EXPECT_EQ(human_duration(5 * 86400 + 4 * 3600 + 59), "5d04h");
  EXPECT_EQ(seconds_text(0), "0.0s");
  EXPECT_EQ(seconds_text(12399), "12.3s");
}

class TableTest : public testing::Test {
 protected:
  Table table(std::size_t look_ahead = Table::kAllRows) {
    return Table(
        {{"NAME"}, {"N", Align::right}, {"TEXT"}}, "nothing here",
        [this](std::string_view text) { out_ += text; }, look_ahead);
  }
  std::string out_;
};

TEST_F(TableTest, AlignsAndLeavesNoTrailingSpace) {
  Table t = table();
  t.add({"a", "1", "x"});
  t.add({"long name", "12345", "longer"});
  EXPECT_EQ(out_, "");
  t.finish();
  EXPECT_EQ(out_,
            "NAME           N  TEXT\n"
            "a              1  x\n"
            "long name  12345  longer\n");
}

TEST_F(TableTest, WithoutRowsSaysSo) {
  table().finish();
  EXPECT_EQ(out_, "nothing here\n");
}

TEST_F(TableTest, LooksAheadNoFurtherThanTold) {
  Table t = table(2);
  t.add({"a", "1", "x"});
  EXPECT_EQ(out_, "");
  t.add({"bb", "22", "y"});
  EXPECT_EQ(out_, "NAME   N  TEXT\na      1  x\nbb    22  y\n");
  out_.clear();
  t.add({"wider than that", "3", "z"});
  EXPECT_EQ(out_, "wider than that   3  z\n");
  out_.clear();
  t.finish();
  EXPECT_EQ(out_, "");
}

TEST_F(TableTest, CountsCharactersNotBytes) {
  Table t = table();
  t.add({"n\xc3\xa4me", "1", "x"});
  t.finish();
  EXPECT_EQ(out_, "NAME  N  TEXT\nn\xc3\xa4me  1  x\n");
  EXPECT_EQ(display_width("\xe2\x82\xac"), 1U);
}

std::string listing(Listing what, std::string_view json, Style style = {}) {
  std::string out;
  const auto done = print_listing(what, json, style, [&](std::string_view text) { out += text; });
  return done.ok() ? out : "error: " + done.error().what;
}

TEST(Listings, FieldsOfAnotherVersionAreDashes) {
  EXPECT_EQ(listing(Listing::drops, R"([{"reason":"x","packets":3,"new":[1]}])"),
            "REASON  PACKETS  DESCRIPTION\nx             3  -\n");
  EXPECT_NE(listing(Listing::services, R"([{"name":"web","to_dest":7}])").find("web"), std::string::npos);
  EXPECT_NE(listing(Listing::services, "[null, 3]", {.human = true}).find("-"), std::string::npos);
}

TEST(Listings, RulesOfModeSnatShowTheirNetworks) {
  const std::string text = listing(
      Listing::services,
      R"([{"name":"office","mode":"snat","protocol":"any","port":0,"from":["10.0.0.0/8","fd00::/8"]}])");
  EXPECT_NE(text.find("office   any    10.0.0.0/8,fd00::/8  snat"), std::string::npos) << text;
}

TEST(Listings, WhatIsNotTheApisIsAnError) {
  for (const char* text : {"", "not json", "{}", "3", "{\"a\":"}) {
    EXPECT_TRUE(listing(Listing::ports, text).starts_with("error: answer of the daemon not understood"))
        << text;
  }
  EXPECT_TRUE(listing(Listing::status, "[]").starts_with("error: "));
  EXPECT_FALSE(conn_cells("[]").ok());
  EXPECT_FALSE(count_text("", {}).ok());
  EXPECT_FALSE(print_reload("[]", [](std::string_view) {}).ok());
}

TEST(Listings, ErrorsOfTheApi) {
  const Error error = api_error(404, R"({"error":{"what":"a","where":"b","fix":"c"}})");
  EXPECT_EQ(error.message(), "b: a. c");
  EXPECT_EQ(api_error(502, "<html>").what, "the daemon answered with status 502: <html>");
  EXPECT_EQ(api_error(500, R"({"error":{"what":3}})").what, "");
  EXPECT_EQ(api_error(500, R"({"error":"x"})").what,
            "the daemon answered with status 500: {\"error\":\"x\"}");
}

}  // namespace
}  // namespace hvs::ctl
