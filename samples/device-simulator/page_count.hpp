// SPDX-License-Identifier: Apache-2.0
// Pages of a document, counted by other people's programs: qpdf for PDF, Ghostscript for PostScript, libcups
// for raster; for what none of them reads, a table of truths that the test supplies.
#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulator {

struct Truth {
  int pages = 0;
  int copies = 0;     // 0: not stated
  std::string sides;  // "": not stated
};

// marker (a text that occurs in the job) or sha256 of the whole job -> truth. Any thread.
class TruthTable {
 public:
  // Adds entries; returns "" or what is wrong.
  std::string add(const nlohmann::json& table);
  std::optional<Truth> find(std::string_view job, const std::string& sha256) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Truth> entries_;
};

struct PageCount {
  std::optional<int> pages;
  std::string source;  // qpdf | ghostscript | libcups | text | jpeg | unknown | failed: why
  int raster_copies = 0;
  std::string raster_sides;
};

// `scratch`: a folder for a temporary copy of the document. Blocks; the engine's thread.
PageCount count_pages(std::string_view document, const std::string& format, const std::string& scratch);

struct ChildResult {
  bool ran = false;
  int exit_code = -1;
  std::string output, errors;  // each cut at 1 MiB
};
// Runs argv[0] (searched in PATH) without a shell; killed after timeout_ms.
ChildResult run_child(const std::vector<std::string>& argv, int timeout_ms);

}  // namespace simulator
