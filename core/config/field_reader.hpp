// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Reads the members of one JSON object into typed values and says what is wrong: file, line, field,
/// expected. Every member that nobody asked for is reported by done(), so a typing error is never silently
/// ignored.
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/json_tree.hpp"

namespace printrouter {

class FieldReader {
 public:
  using Member = std::function<void(FieldReader&)>;
  using Item = std::function<void(const JsonNode&, const std::string& path)>;

  /// `path` is the field's full name so far; empty at the root. All references must outlive the reader.
  FieldReader(const JsonNode& node, std::string path, const std::string& file, ConfigFindings& findings);

  void text(std::string_view name, std::string& out, bool required = false);
  /// A text that is not empty and made of `[a-zA-Z0-9._-]`, as ids are.
  void id(std::string_view name, std::string& out, bool required = false);
  void flag(std::string_view name, bool& out);
  template <class T>
  void number(std::string_view name, T& out, std::int64_t least, std::int64_t most, bool required = false) {
    std::int64_t value = 0;
    if (whole(name, value, least, most, required)) out = static_cast<T>(value);
  }
  void duration(std::string_view name, Milliseconds& out, Milliseconds least, Milliseconds most);
  void size(std::string_view name, std::uint64_t& out);
  void texts(std::string_view name, std::vector<std::string>& out);
  template <class T>
  void word(std::string_view name, T& out, std::initializer_list<std::pair<std::string_view, T>> words,
            bool required = false) {
    std::vector<std::string_view> names;
    for (const auto& w : words) names.push_back(w.first);
    if (const int at = choice(name, names, required); at >= 0) out = (words.begin() + at)->second;
  }
  /// Calls `read` with the member's own reader, and its done().
  void object(std::string_view name, const Member& read, bool required = false);
  void each(std::string_view name, const Item& read, bool required = false);
  /// Members of an object whose names are free: calls `read` with each.
  void entries(
      std::string_view name,
      const std::function<void(const std::string& key, const JsonNode&, const std::string& path)>& read);

  /// The member, marked as known; nullptr if absent.
  const JsonNode* take(std::string_view name);
  /// Reports the members that nobody took ("$schema" and "comment" are always allowed).
  void done(Severity severity = Severity::refusal);

  bool is_object() const { return node_.kind == JsonNode::Kind::object; }
  const JsonNode& node() const { return node_; }
  const std::string& file() const { return file_; }
  const std::string& path() const { return path_; }
  ConfigFindings& findings() { return findings_; }
  std::string path_of(std::string_view name) const;

  void wrong_type(const JsonNode& node, std::string_view name, std::string expected, std::string expected_de);
  void report(Severity severity, std::string id, int line, std::string_view name, std::string en,
              std::string de, std::string expected = {}, std::string expected_de = {});

 private:
  bool whole(std::string_view name, std::int64_t& out, std::int64_t least, std::int64_t most, bool required);
  int choice(std::string_view name, const std::vector<std::string_view>& words, bool required);
  const JsonNode* need(std::string_view name, bool required);

  const JsonNode& node_;
  std::string path_;
  const std::string& file_;
  ConfigFindings& findings_;
  std::vector<std::string> known_;
};

/// A tree of scalars as attributes: numbers, booleans, keywords; lists as several values; objects flattened
/// with dots. null and "unknown" are absent. false: something that is none of these (a fraction).
bool to_attributes(const JsonNode& node, const std::string& name, Attributes& out);
/// {protocol, port, queue, tls, class}.
Port read_port(const JsonNode& node, const std::string& path, const std::string& file,
               ConfigFindings& findings);

}  // namespace printrouter
