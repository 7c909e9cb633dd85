// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <exception>
#include <iostream>

#include "tools/ipvsadm/app.h"

int main(int argc, char** argv) {
  try {
    return hvs::ipvs::run({argv + 1, argv + argc}, std::cin, stdout, stderr);
  } catch (const std::exception& error) {
    std::cerr << "hvs-ipvsadm: " << error.what() << "\n";
    return hvs::ipvs::kRefused;
  }
}
