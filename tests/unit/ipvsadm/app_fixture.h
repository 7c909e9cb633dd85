// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// The whole front against a server in this process whose edits are the daemon's.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string>

#include "control/config/config_file.h"
#include "tests/unit/api/api_fixture.h"
#include "tools/ipvsadm/app.h"

namespace hvs::test {

struct Said {
  int status = -1;
  std::string out;
  std::string err;
};

class IpvsadmTest : public ApiTest {
 protected:
  IpvsadmTest() {
    setenv("HVS_RUN_DIR", dir_.path().c_str(), 1);
    unsetenv("HVS_INSTANCE");
    backend_.config = *parse_config(
        "ports: [{device: eth0}]\nlip_pools: [{name: inside, addresses: [10.0.0.10, 'fd20::10']}]\n",
        "start");
    backend_.yaml = config_to_yaml(backend_.config);
    backend_.service_views.clear();
    backend_.dest_views.clear();
    serve();
  }
  ~IpvsadmTest() override { unsetenv("HVS_RUN_DIR"); }

  Said say(const std::string& line, const std::string& input = {}) {
    std::istringstream split(line);
    std::istringstream in(input);
    char* out_text = nullptr;
    char* err_text = nullptr;
    std::size_t out_size = 0;
    std::size_t err_size = 0;
    std::FILE* out = open_memstream(&out_text, &out_size);
    std::FILE* err = open_memstream(&err_text, &err_size);
    Said said;
    said.status = ipvs::run({std::istream_iterator<std::string>(split), {}}, in, out, err);
    std::fclose(out);
    std::fclose(err);
    said.out.assign(out_text, out_size);
    said.err.assign(err_text, err_size);
    std::free(out_text);
    std::free(err_text);
    return said;
  }
  std::string ok(const std::string& line, const std::string& input = {}) {
    const Said said = say(line, input);
    EXPECT_EQ(said.status, 0) << line << "\n" << said.err;
    EXPECT_EQ(said.err, "") << line;
    return said.out;
  }
  Config config() {
    Config now;
    on_reactor([&] { now = backend_.config; });
    return now;
  }
};

}  // namespace hvs::test
