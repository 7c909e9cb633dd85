// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/whole_file.h"

#include <fstream>
#include <system_error>

namespace hvs {

namespace fs = std::filesystem;

Result<void> write_whole(const fs::path& path, const std::string& bytes) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  const fs::path half = path.string() + ".new";
  std::ofstream out(half, std::ios::trunc | std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out) fs::rename(half, path, failed);
  if (out && !failed) return {};
  fs::remove(half, failed);
  return Error{"cannot write", path.string(), "It takes root, and room in /run"};
}

}  // namespace hvs
