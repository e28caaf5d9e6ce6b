// SPDX-License-Identifier: Apache-2.0
#include "worker/analysis_worker.hpp"

#include <openssl/crypto.h>

#include <charconv>
#include <cstdlib>
#include <new>

#include "document/analysis_json.hpp"
#include "document/analysis_protocol.hpp"
#include "env/child_process.hpp"
#include "worker/language_plugins.hpp"
#include "worker/sandbox.hpp"
#include "worker/sanitizer.hpp"

namespace printrouter::worker {
namespace {
namespace protocol = analysis_protocol;

class InputDocument : public DocumentReader {
 public:
  explicit InputDocument(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t capacity) const override {
    const auto got = env::child_side::read_input(offset, out, capacity);
    if (got < 0) return fail(ErrorCode::io, "it cannot be read");
    return static_cast<std::size_t>(got);
  }

 private:
  std::uint64_t size_;
};

struct Arguments {
  std::vector<std::filesystem::path> plugins = {};
  std::string declared = {};
  bool pages_only = false;
  std::uint64_t memory_mb = 512, cpu_seconds = 10;
};

bool read(const std::vector<std::string>& words, Arguments& out) {
  const auto number = [](const std::string& text, std::uint64_t& to) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
    return error == std::errc() && end == text.data() + text.size() && to > 0;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == protocol::pages_only) {
      out.pages_only = true;
      continue;
    }
    if (i + 1 == words.size()) return false;
    const std::string &name = words[i], &value = words[++i];
    if (name == protocol::plugins)
      out.plugins.emplace_back(value);
    else if (name == protocol::declared)
      out.declared = value;
    else if (name == protocol::memory ? !number(value, out.memory_mb)
             : name == protocol::cpu  ? !number(value, out.cpu_seconds)
                                      : true)
      return false;
  }
  return true;
}

/// Ghostscript draws the pages of one part and says what ink they take.
int become_ghostscript(const std::vector<std::string>& words) {
  constexpr std::uint64_t most_copied = 256u << 20, memory = std::uint64_t{1} << 30, cpu_seconds = 20;
  std::uint64_t offset = 0, size = 0;
  const auto number = [](const std::string& text, std::uint64_t& to) {
    return std::from_chars(text.data(), text.data() + text.size(), to).ec == std::errc();
  };
  if (words.size() != 4 || !number(words[2], offset) || !number(words[3], size) || size > most_copied)
    return protocol::usage;
  env::child_side::limit_self(under_sanitizer ? 0 : memory, cpu_seconds);
  if (!env::child_side::narrow_input(offset, size)) return protocol::out_of_memory;
  if (!lock_down_for_exec()) return protocol::no_sandbox;
  // "-_" reads as "-" does, but by buffers: "-" takes a system call for each byte (psi/imainarg.c).
  env::child_side::become({words[1], "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dUseFastColor=true",
                           "-sDEVICE=ink_cov", "-o", "-", "-_"});
  return protocol::usage;
}

WorkerAnswer why(std::string text) {
  WorkerAnswer answer;
  answer.complete = false;
  answer.why = std::move(text);
  return answer;
}

int answer_with(const WorkerAnswer& answer) {
  env::child_side::write_line(encode(answer));
  return protocol::good;
}
}  // namespace

int analysis_worker(const std::vector<std::string>& words) {
  if (!words.empty() && words.front() == protocol::ghostscript) return become_ghostscript(words);
  Arguments arguments;
  if (!read(words, arguments)) return protocol::usage;
  env::child_side::limit_self(under_sanitizer ? 0 : arguments.memory_mb << 20, arguments.cpu_seconds);
  if (!env::child_side::own_output()) return protocol::usage;
  std::set_new_handler([] { std::_Exit(protocol::out_of_memory); });

  const auto size = env::child_side::input_size();
  if (!size) return answer_with(why(size.error().text));
  const InputDocument job(*size);
  const auto split = split_job(job, arguments.declared);
  if (!split) return answer_with(why(split.error().text));
  const auto language = [](const JobPart& part) {
    return part.pjl ? std::string(pjl_mime) : std::string(mime_type(part.language));
  };
  std::set<std::string> needed;
  for (const JobPart& part : split->parts)
    if (std::string mime = language(part); !mime.empty()) needed.insert(std::move(mime));
  // Only hashes are taken here: reading the system's configuration of OpenSSL would cost as much as a small
  // document.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  LanguagePlugins plugins(arguments.plugins, arguments.pages_only);
  plugins.load(needed);

  if (!lock_down(env::child_side::output())) return protocol::no_sandbox;
  WorkerAnswer answer;
  answer.complete = split->complete;
  for (const JobPart& part : split->parts) {
    AnalysedPart analysed{part, plugins.analyse(language(part), job, part.offset, part.size)};
    // The language itself is only a guess, and so is everything that was read in it.
    if (part.uncertain && !part.pjl && part.language != Language::text) weaken(analysed.analysis);
    answer.parts.push_back(std::move(analysed));
  }
  answer_with(answer);
  std::_Exit(protocol::good);  // what plugins would still do at their end is not worth a fault
}

}  // namespace printrouter::worker
