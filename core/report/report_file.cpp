// SPDX-License-Identifier: Apache-2.0
#include "report/report_file.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

namespace printrouter::report {
namespace {

constexpr std::uint64_t longest_line = 1 << 20;

/// Where the last whole line ends, and the highest number of `ledger` that the file holds.
struct Tail {
  std::uint64_t end = 0;
  std::int64_t last_seq = 0;
};

Result<Tail> read_tail(env::File& file, const std::string& path, const std::string& ledger) {
  const auto size = file.size();
  if (!size) return fail(size.error());
  Tail out;
  // Other desktops may write into files of their own only; another ledger here is this machine's former one.
  std::uint64_t from = *size > longest_line * 2 ? *size - longest_line * 2 : 0;
  std::string text(static_cast<std::size_t>(*size - from), '\0');
  const auto got = file.pread(text, from);
  if (!got) return fail(got.error());
  text.resize(*got);
  const std::size_t newline = text.rfind('\n');
  if (newline == std::string::npos) {
    if (from > 0) return fail(ErrorCode::corrupt, "the last line is longer than any of ours", path);
    return out;
  }
  out.end = from + newline + 1;
  const std::size_t start = newline == 0 ? std::string::npos : text.rfind('\n', newline - 1);
  const std::size_t first = start == std::string::npos ? 0 : start + 1;
  const auto j = nlohmann::json::parse(text.substr(first, newline - first), nullptr, false);
  if (!j.is_object() || !j.contains("seq") || !j["seq"].is_number_integer() || !j.contains("ledger"))
    return fail({ErrorCode::corrupt,
                 "the last line is no ledger entry",
                 {},
                 path,
                 "a file of its own for the report"});
  if (j["ledger"] == ledger) out.last_seq = j["seq"].get<std::int64_t>();
  return out;
}

}  // namespace

Status append_to_file(env::FileSystem& files, const std::string& path, const Batch& batch) {
  const bool fresh = !files.info(path);
  auto file = files.open(path, env::OpenMode::create);
  if (!file) return fail(file.error());
  const std::string ledger = batch.ledger.to_string();
  const auto tail = read_tail(**file, path, ledger);
  if (!tail) return fail(tail.error());
  std::string out;
  std::istringstream lines(batch.lines);
  std::string line;
  for (const std::int64_t seq : batch.seqs) {
    if (!std::getline(lines, line))
      return fail(ErrorCode::internal, "a batch with fewer lines than numbers", path);
    if (seq > tail->last_seq) out += "{\"ledger\":\"" + ledger + "\"," + line.substr(1) + '\n';
  }
  if (const Status cut = (*file)->truncate(tail->end); !cut) return cut;
  if (!out.empty())
    if (const Status written = (*file)->pwrite(out, tail->end); !written) return written;
  if (const Status synced = (*file)->sync(); !synced) return synced;
  if (!fresh) return {};
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return files.sync_folder(folder.empty() ? "." : folder);
}

}  // namespace printrouter::report
