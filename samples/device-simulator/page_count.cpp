// SPDX-License-Identifier: Apache-2.0
#include "page_count.hpp"

#include <cups/cups.h>
#include <cups/raster.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>

#include "socket_stream.hpp"

extern char** environ;

namespace simulator {
namespace {

class ScratchFile {
 public:
  ScratchFile(const std::string& folder, std::string_view bytes) : path_(folder + "/.count-XXXXXX") {
    Fd fd(::mkostemp(path_.data(), O_CLOEXEC));
    ok_ = fd.valid();
    while (ok_ && !bytes.empty()) {
      long put = ::write(fd.get(), bytes.data(), bytes.size());
      ok_ = put > 0;
      if (ok_) bytes.remove_prefix(static_cast<size_t>(put));
    }
  }
  ~ScratchFile() { ::unlink(path_.c_str()); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  bool ok() const { return ok_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool ok_ = false;
};

PageCount failed(const std::string& why) {
  return {std::nullopt, "failed: " + why, 0, ""};
}

PageCount count_pdf(const std::string& path) {
  ChildResult child = run_child({"qpdf", "--show-npages", path}, 60000);
  int pages = std::atoi(child.output.c_str());
  // 3: warnings, the number is there all the same
  if (!child.ran || (child.exit_code != 0 && child.exit_code != 3) || pages <= 0)
    return failed("qpdf: " + child.errors.substr(0, 200));
  return {pages, "qpdf", 0, ""};
}

PageCount count_postscript(const std::string& path) {
  ChildResult child = run_child(
      {"gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=bbox", "-sOutputFile=/dev/null", path},
      120000);
  int pages = 0;
  for (size_t at = child.errors.find("%%BoundingBox:"); at != std::string::npos;
       at = child.errors.find("%%BoundingBox:", at + 1))
    ++pages;
  if (!child.ran) return failed("gs could not run");
  // A document cut short still puts out the pages before the cut.
  if (pages == 0 && child.exit_code != 0) return failed("gs: " + child.output.substr(0, 200));
  return {pages, "ghostscript", 0, ""};
}

PageCount count_raster(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  cups_raster_t* raster = cupsRasterOpen(fd.get(), CUPS_RASTER_READ);
  if (raster == nullptr) return failed("libcups: not a raster file");
  PageCount out{0, "libcups", 0, ""};
  cups_page_header2_t header;
  std::vector<unsigned char> line;
  while (cupsRasterReadHeader2(raster, &header) != 0) {
    if (header.cupsBytesPerLine == 0 || header.cupsBytesPerLine > (1U << 26)) break;
    line.resize(header.cupsBytesPerLine);
    unsigned y = 0;
    while (y < header.cupsHeight && cupsRasterReadPixels(raster, line.data(), header.cupsBytesPerLine) != 0)
      ++y;
    out.pages = *out.pages + 1;
    if (out.pages == 1) {
      out.raster_copies = static_cast<int>(std::min(header.NumCopies, 9999U));
      out.raster_sides = header.Duplex == 0   ? ""
                         : header.Tumble != 0 ? "two-sided-short-edge"
                                              : "two-sided-long-edge";
    }
    if (y < header.cupsHeight) break;
  }
  cupsRasterClose(raster);
  return out;
}

void read_pipe(pollfd& entry, std::string& text) {
  char buffer[4096];
  long got = ::read(entry.fd, buffer, sizeof buffer);
  if (got > 0)
    text.append(buffer,
                std::min(static_cast<size_t>(got), (1U << 20) - std::min<size_t>(text.size(), 1U << 20)));
  else
    entry.fd = -1;
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& argv, int timeout_ms) {
  ChildResult result;
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return result;
  Fd out_read(out[0]), out_write(out[1]);
  if (::pipe2(err, O_CLOEXEC) != 0) return result;
  Fd err_read(err[0]), err_write(err[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out_write.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err_write.get(), 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> pointers;
  for (const auto& word : argv) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  pid_t pid = -1;
  int code = posix_spawnp(&pid, pointers[0], &actions, &attributes, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  out_write.close();
  err_write.close();
  if (code != 0) {
    result.errors = argv[0] + ": " + std::strerror(code);
    return result;
  }
  auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  pollfd entries[2] = {{out_read.get(), POLLIN, 0}, {err_read.get(), POLLIN, 0}};
  while (entries[0].fd >= 0 || entries[1].fd >= 0) {
    auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || ::poll(entries, 2, static_cast<int>(left.count())) == 0) {
      ::kill(pid, SIGKILL);
      break;
    }
    if (entries[0].revents != 0) read_pipe(entries[0], result.output);
    if (entries[1].revents != 0) read_pipe(entries[1], result.errors);
    entries[0].revents = entries[1].revents = 0;
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  result.ran = WIFEXITED(status);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

PageCount count_pages(std::string_view document, const std::string& format, const std::string& scratch) {
  if (format == "text/plain") {
    std::string_view body = document.substr(0, document.find_last_not_of("\f\r\n \x04") + 1);
    return {1 + static_cast<int>(std::count(body.begin(), body.end(), '\f')), "text", 0, ""};
  }
  if (format == "image/jpeg") return {1, "jpeg", 0, ""};
  if (format != "application/pdf" && format != "application/postscript" && format != "image/pwg-raster" &&
      format != "image/urf")
    return {std::nullopt, "unknown", 0, ""};
  ScratchFile file(scratch, document);
  if (!file.ok()) return failed("no scratch file in " + scratch);
  if (format == "application/pdf") return count_pdf(file.path());
  if (format == "application/postscript") return count_postscript(file.path());
  return count_raster(file.path());
}

std::string TruthTable::add(const nlohmann::json& table) {
  if (!table.is_object()) return "truth table: expected an object of marker: pages";
  std::lock_guard lock(mutex_);
  for (const auto& [key, value] : table.items()) {
    Truth truth;
    if (value.is_number_integer()) {
      truth.pages = value;
    } else if (value.is_object() && value.contains("pages") && value["pages"].is_number_integer()) {
      truth.pages = value["pages"];
      truth.copies = value.value("copies", 0);
      truth.sides = value.value("sides", "");
    } else {
      return "truth table, \"" + key + "\": expected a number or {\"pages\": ...}";
    }
    entries_[key] = truth;
  }
  return "";
}

std::optional<Truth> TruthTable::find(std::string_view job, const std::string& sha256) const {
  std::lock_guard lock(mutex_);
  if (auto found = entries_.find(sha256); found != entries_.end()) return found->second;
  for (const auto& [marker, truth] : entries_)
    if (!marker.empty() && job.find(marker) != std::string_view::npos) return truth;
  return std::nullopt;
}

}  // namespace simulator
