// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/whole_file.h"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace hvs {

namespace fs = std::filesystem;

Result<void> write_whole(const fs::path& path, const std::string& bytes) {
  constexpr unsigned kTries = 100;
  std::error_code failed;
  const fs::path half = path.string() + ".new";
  std::ofstream out;
  // Whoever removes the last file of a directory may remove the directory, between the two steps as well.
  for (unsigned tries = 0; tries < kTries; ++tries) {
    fs::create_directories(path.parent_path(), failed);
    out.open(half, std::ios::trunc | std::ios::binary);
    if (out.is_open() || errno != ENOENT) break;
  }
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out) fs::rename(half, path, failed);
  if (out && !failed) return {};
  fs::remove(half, failed);
  return Error{"cannot write", path.string(), "It takes root, and room in /run"};
}

}  // namespace hvs
