// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A page description language as a class. One class reads one document; `stream_language` or
/// `seekable_language` makes its printrouter.language table:
///
///     class Acme : public sdk::StreamAnalyser {
///      public:
///       bool feed(std::string_view bytes) override;    // false: no need for more
///       void finish(sdk::Analysis& out) override { out.pages = sdk::exact(pages_); }
///     };
///     constexpr pr_language table = sdk::stream_language<Acme>("application/vnd.acme");
///
/// Nothing throws across the border; what an analyser throws makes the whole answer unknown.
#include <printrouter/abi/language.h>
#include <printrouter/plugin.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

namespace printrouter::sdk {

struct Number {
  int64_t value = 0;
  uint32_t confidence = PR_CONFIDENCE_UNKNOWN;
};
inline Number exact(int64_t value) {
  return {value, PR_CONFIDENCE_EXACT};
}
inline Number estimate(int64_t value) {
  return {value, PR_CONFIDENCE_ESTIMATE};
}

struct Word {
  std::string value = {};
  uint32_t confidence = PR_CONFIDENCE_UNKNOWN;
};
inline Word exact(std::string value) {
  return {std::move(value), PR_CONFIDENCE_EXACT};
}
inline Word estimate(std::string value) {
  return {std::move(value), PR_CONFIDENCE_ESTIMATE};
}

/// pr_analysis with its own text. Members: see abi/language.h; what is not set stays unknown.
struct Analysis {
  Number pages = {}, color_pages = {}, mono_pages = {}, copies = {}, number_up = {}, hold = {};
  Word sides = {}, media = {}, color_mode = {}, user = {}, title = {}, account = {};
  std::string why = {};
};

/// Base of what reads one document.
class Analyser {
 public:
  virtual ~Analyser() = default;
  virtual bool feed(std::string_view bytes) = 0;
  virtual void finish(Analysis& out) = 0;
};
using StreamAnalyser = Analyser;

/// Random access to a seekable document. Borrowed: valid while the analyser lives.
class Reader {
 public:
  explicit Reader(const pr_document_reader* reader) : reader_(reader) {}
  uint64_t size() const { return reader_->size; }
  /// Reads up to `size` bytes at `offset`; 0 at the end, negative on error.
  int64_t read_at(uint64_t offset, char* out, size_t size) const {
    return reader_->read_at(reader_->context, offset, reinterpret_cast<uint8_t*>(out), size);
  }

 private:
  const pr_document_reader* reader_;
};

/// A seekable document is read as a whole in finish().
class SeekableAnalyser : public Analyser {
 public:
  explicit SeekableAnalyser(Reader reader) : reader_(reader) {}
  bool feed(std::string_view) final { return false; }

 protected:
  Reader reader_;
};

namespace detail {

/// What a pr_analyser* points to: the analyser, and the text of its answer until close.
struct OpenAnalysis {
  const Plugin* plugin;
  std::unique_ptr<Analyser> analyser;
  Analysis answer = {};
};
inline OpenAnalysis& opened(pr_analyser* a) {
  return *reinterpret_cast<OpenAnalysis*>(a);
}

inline void copy_out(const Analysis& from, pr_analysis& to) {
  const auto number = [](const Number& n) { return pr_number{n.value, n.confidence, 0}; };
  const auto word = [](const Word& w) { return pr_word{str(w.value), w.confidence, 0}; };
  to.pages = number(from.pages);
  to.color_pages = number(from.color_pages);
  to.mono_pages = number(from.mono_pages);
  to.copies = number(from.copies);
  to.number_up = number(from.number_up);
  to.hold = number(from.hold);
  to.sides = word(from.sides);
  to.media = word(from.media);
  to.color_mode = word(from.color_mode);
  to.user = word(from.user);
  to.title = word(from.title);
  to.account = word(from.account);
  to.why = str(from.why);
}

template <class Make>
constexpr pr_language table(const char* name, uint32_t input, Make) {
  return {sizeof(pr_language),
          input,
          name,
          [](pr_plugin* p, const pr_document_reader* reader, pr_analyser** out) noexcept -> pr_status {
            return guarded(&self(p), pr_status{PR_ERROR}, [&]() -> pr_status {
              auto made = std::make_unique<OpenAnalysis>(OpenAnalysis{&self(p), Make{}(self(p), reader)});
              *out = reinterpret_cast<pr_analyser*>(made.release());
              return PR_OK;
            });
          },
          [](pr_analyser* a, pr_bytes data) noexcept -> pr_status {
            return guarded(opened(a).plugin, pr_status{PR_ERROR}, [&]() -> pr_status {
              return opened(a).analyser->feed(view(data)) ? PR_OK : PR_UNSUPPORTED;
            });
          },
          [](pr_analyser* a, pr_analysis* out) noexcept -> pr_status {
            return guarded(opened(a).plugin, pr_status{PR_ERROR}, [&]() -> pr_status {
              opened(a).analyser->finish(opened(a).answer);
              copy_out(opened(a).answer, *out);
              return PR_OK;
            });
          },
          [](pr_analyser* a) noexcept { delete &opened(a); }};
}

}  // namespace detail

/// `A` is default-constructible.
template <class A>
constexpr pr_language stream_language(const char* name) {
  struct Make {
    std::unique_ptr<Analyser> operator()(const Plugin&, const pr_document_reader*) const {
      return std::make_unique<A>();
    }
  };
  return detail::table(name, PR_INPUT_STREAM, Make{});
}

/// `A` is made from a Reader, or from its plugin (for its configuration) and a Reader.
template <class A>
constexpr pr_language seekable_language(const char* name) {
  struct Make {
    std::unique_ptr<Analyser> operator()(const Plugin& plugin, const pr_document_reader* reader) const {
      if constexpr (std::is_constructible_v<A, const Plugin&, Reader>)
        return std::make_unique<A>(plugin, Reader(reader));
      else
        return std::make_unique<A>(Reader(reader));
    }
  };
  return detail::table(name, PR_INPUT_SEEKABLE, Make{});
}

}  // namespace printrouter::sdk
