// SPDX-License-Identifier: Apache-2.0
#include "config/json_tree.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace printrouter {
namespace {
constexpr std::size_t most_bytes = std::size_t{64} << 20;
constexpr std::size_t most_levels = 64;

struct Lines {
  int line = 1;
  bool newline_pending = false;
};

/// Counts lines as the lexer reads. A newline counts with the byte after it: the lexer has then surely left
/// the token before it (it reads one byte past a number).
struct LineIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  const char* at = nullptr;
  Lines* lines = nullptr;
  reference operator*() const { return *at; }
  LineIterator& operator++() {
    if (lines->newline_pending) ++lines->line;
    lines->newline_pending = *at == '\n';
    ++at;
    return *this;
  }
  LineIterator operator++(int) {
    LineIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const LineIterator& other) const { return at == other.at; }
  bool operator!=(const LineIterator& other) const { return at != other.at; }
};

std::string printable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return out;
}

class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(JsonNode& root, const Lines& lines, const std::string& file, ConfigFindings& findings)
      : root_(root), lines_(lines), file_(file), findings_(findings) {}

  bool null() override { return add({}); }
  bool boolean(bool value) override {
    JsonNode node{JsonNode::Kind::boolean};
    node.boolean = value;
    return add(std::move(node));
  }
  bool number_integer(number_integer_t value) override {
    JsonNode node{JsonNode::Kind::integer};
    node.integer = value;
    return add(std::move(node));
  }
  bool number_unsigned(number_unsigned_t value) override {
    JsonNode node{JsonNode::Kind::integer};
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      node.kind = JsonNode::Kind::real;
      node.text = std::to_string(value);
    } else {
      node.integer = static_cast<std::int64_t>(value);
    }
    return add(std::move(node));
  }
  bool number_float(number_float_t, const string_t& text) override {
    JsonNode node{JsonNode::Kind::real};
    node.text = text;
    return add(std::move(node));
  }
  bool string(string_t& value) override {
    JsonNode node{JsonNode::Kind::text};
    node.text = std::move(value);
    return add(std::move(node));
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(JsonNode::Kind::object); }
  bool start_array(std::size_t) override { return open(JsonNode::Kind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    if (!names_.back().insert(value).second) {
      report("config.duplicate-key", value, "is given twice in one object", "steht zweimal in einem Objekt");
      return false;
    }
    key_ = std::move(value);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    std::string what = printable(error.what());
    if (const auto at = what.find("column "); at != std::string::npos)
      if (const auto colon = what.find(": ", at); colon != std::string::npos) what.erase(0, colon + 2);
    report("config.syntax", {}, "is no valid JSON here: " + what, "ist hier kein gültiges JSON: " + what);
    return false;
  }

 private:
  JsonNode* place(JsonNode node) {
    node.line = lines_.line;
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    JsonNode& parent = *open_.back();
    if (parent.kind == JsonNode::Kind::array) return &parent.items.emplace_back(std::move(node));
    return &parent.members.emplace_back(std::move(key_), std::move(node)).second;
  }
  bool add(JsonNode node) {
    place(std::move(node));
    return true;
  }
  bool open(JsonNode::Kind kind) {
    if (open_.size() >= most_levels) {
      report("config.too-deep", {}, "has more than 64 levels", "hat mehr als 64 Ebenen");
      return false;
    }
    // A parent's vector grows only while none of its earlier children is open, so the pointers hold.
    open_.push_back(place(JsonNode{kind}));
    names_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }
  void report(std::string id, std::string field, std::string en, std::string de) {
    findings_.push_back({Severity::refusal,
                         std::move(id),
                         file_,
                         lines_.line,
                         std::move(field),
                         std::move(en),
                         std::move(de),
                         {},
                         {}});
  }

  JsonNode& root_;
  const Lines& lines_;
  const std::string& file_;
  ConfigFindings& findings_;
  std::vector<JsonNode*> open_;
  std::vector<std::unordered_set<std::string>> names_;
  std::string key_;
};
}  // namespace

const JsonNode* JsonNode::member(std::string_view name) const {
  for (const auto& [key, value] : members)
    if (key == name) return &value;
  return nullptr;
}

std::string_view kind_name(JsonNode::Kind kind, bool german) {
  switch (kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
      return german ? "true oder false" : "true or false";
    case JsonNode::Kind::integer:
      return german ? "eine ganze Zahl" : "a whole number";
    case JsonNode::Kind::real:
      return german ? "eine Zahl" : "a number";
    case JsonNode::Kind::text:
      return german ? "ein Text" : "a text";
    case JsonNode::Kind::array:
      return german ? "eine Liste" : "a list";
    case JsonNode::Kind::object:
      return german ? "ein Objekt" : "an object";
  }
  return "?";
}

bool parse_json(std::string_view text, const std::string& name, JsonNode& out, ConfigFindings& findings) {
  if (text.size() > most_bytes) {
    findings.push_back({Severity::refusal,
                        "config.too-large",
                        name,
                        0,
                        {},
                        "is larger than 64 MiB",
                        "ist größer als 64 MiB",
                        {},
                        {}});
    return false;
  }
  Lines lines;
  TreeBuilder builder(out, lines, name, findings);
  const LineIterator begin{text.data(), &lines};
  const LineIterator end{text.data() + text.size(), &lines};
  return nlohmann::json::sax_parse(begin, end, &builder);
}

}  // namespace printrouter
