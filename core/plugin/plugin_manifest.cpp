// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_manifest.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace printrouter {
namespace {

using nlohmann::json;

bool lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// [a-z0-9][a-z0-9.-]{0,63}
bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && lower_or_digit(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return lower_or_digit(c) || c == '.' || c == '-'; });
}

/// Printable ASCII without blanks.
bool is_word(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

/// A plain file name: whoever writes the manifest may not point elsewhere.
bool is_file_name(std::string_view text) {
  return is_word(text, 255) && text[0] != '.' && text.find_first_of("/\\") == text.npos;
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// "printrouter.protocol/draft-1"; also of interfaces that this host does not know yet.
bool is_interface(std::string_view text) {
  const auto slash = text.find('/');
  return slash != text.npos && is_id(text.substr(0, slash)) && is_id(text.substr(slash + 1));
}

bool is_permission(std::string_view text) {
  constexpr std::string_view prefix = "secrets:";
  return text.starts_with(prefix) && is_id(text.substr(prefix.size()));
}

/// Reads fields; keeps the first complaint.
class Reader {
 public:
  Reader(const json& object, std::string_view file) : object_(object), file_(file) {}

  template <class Valid>
  void text(std::string_view name, std::string& out, Valid valid, std::string_view expected,
            bool required = true) {
    const auto* value = take(name, expected, required);
    if (!value) return;
    if (!value->is_string() || !valid(value->get_ref<const std::string&>()))
      return complain(name, "has a wrong value: " + shown(*value), expected);
    out = value->get<std::string>();
  }

  template <class Valid>
  void list(std::string_view name, std::vector<std::string>& out, Valid valid, std::string_view expected,
            bool required) {
    const auto* value = take(name, expected, required);
    if (!value) return;
    if (!value->is_array() || (required && value->empty()) || value->size() > 64)
      return complain(name, "has a wrong value: " + shown(*value), expected);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < value->size(); ++i) {
      const auto& item = (*value)[i];
      const auto place = std::string(name) + "[" + std::to_string(i) + "]";
      if (!item.is_string() || !valid(item.get_ref<const std::string&>()))
        return complain(place, "has a wrong value: " + shown(item), expected);
      if (!seen.insert(item).second) return complain(place, "is listed twice: " + shown(item), "each once");
      out.push_back(item);
    }
  }

  void number(std::string_view name, std::uint32_t& out) {
    constexpr std::string_view expected = "an integer of 1 or more";
    const auto* value = take(name, expected, true);
    if (!value) return;
    const auto most = std::numeric_limits<std::uint32_t>::max();
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() < 1 || value->get<std::uint64_t>() > most)
      return complain(name, "has a wrong value: " + shown(*value), expected);
    out = value->get<std::uint32_t>();
  }

  /// Everything that nobody asked for is an error: a misspelt field must not be ignored.
  void finish() {
    for (const auto& [name, value] : object_.items())
      if (!known_.count(name))
        return complain(name, "is not a field of a manifest", "one of the fields of the schema");
  }

  const json* take(std::string_view name, std::string_view expected, bool required) {
    known_.emplace(name);
    const auto found = object_.find(name);
    if (found != object_.end()) return &*found;
    if (required) complain(name, "is missing", expected);
    return nullptr;
  }

  void complain(std::string_view field, std::string text, std::string_view expected) {
    if (!error_.text.empty()) return;
    error_ = Error{ErrorCode::invalid, std::move(text), prefix + std::string(field), std::string(file_),
                   std::string(expected)};
  }

  bool failed() const { return !error_.text.empty(); }
  Error error() const { return error_; }
  std::string prefix;

 private:
  static std::string shown(const json& value) {
    auto text = value.dump(-1, ' ', true, json::error_handler_t::replace);
    return text.size() > 60 ? text.substr(0, 57) + "..." : text;
  }

  const json& object_;
  std::string_view file_;
  std::set<std::string, std::less<>> known_;
  Error error_{ErrorCode::invalid, {}, {}, {}, {}};
};

/// "raw.plugin.json:3" for the byte where the JSON broke.
std::string place_of(std::string_view text, std::size_t byte, std::string_view file) {
  const auto upto = text.substr(0, std::min(byte, text.size()));
  return std::string(file) + ":" + std::to_string(1 + std::count(upto.begin(), upto.end(), '\n'));
}

/// Deep nesting would exhaust the stack; a manifest needs two levels.
bool too_deep(std::string_view text) {
  int depth = 0;
  for (char c : text) {
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > 32) return true;
  }
  return false;
}

}  // namespace

Result<PluginManifest> parse_manifest(std::string_view text, std::string_view file) {
  constexpr std::string_view shape = "an object as in plugin-manifest.schema.json";
  if (too_deep(text))
    return fail(Error{ErrorCode::invalid, "is nested too deeply", {}, std::string(file), std::string(shape)});
  json root;
  try {
    root = json::parse(text);
  } catch (const json::parse_error& broken) {
    return fail(Error{
        ErrorCode::invalid, "is not valid JSON", {}, place_of(text, broken.byte, file), std::string(shape)});
  } catch (const json::exception&) {  // a number beyond every range
    return fail(Error{ErrorCode::invalid, "is not valid JSON", {}, std::string(file), std::string(shape)});
  }
  if (!root.is_object())
    return fail(Error{ErrorCode::invalid, "is not a JSON object", {}, std::string(file), std::string(shape)});

  PluginManifest manifest;
  Reader reader(root, file);
  reader.text("id", manifest.id, is_id, "lower-case letters, digits, '-' and '.', at most 64");
  reader.text(
      "version", manifest.version, [](std::string_view v) { return is_word(v, 64); },
      "a version such as \"1.0.0\"");
  if (const auto* abi = reader.take("abi", "{\"min\": 1, \"max\": 1}", true)) {
    if (!abi->is_object()) {
      reader.complain("abi", "is not an object", "{\"min\": 1, \"max\": 1}");
    } else {
      Reader inner(*abi, file);
      inner.prefix = "abi.";
      inner.number("min", manifest.abi_min);
      inner.number("max", manifest.abi_max);
      inner.finish();
      if (!inner.failed() && manifest.abi_max < manifest.abi_min)
        inner.complain("max", "is less than abi.min", "min <= max");
      if (inner.failed() && !reader.failed()) return fail(inner.error());
    }
  }
  reader.list("provides", manifest.provides, is_interface,
              "a list of interface ids such as \"printrouter.protocol/draft-1\"", true);
  reader.list("permissions", manifest.permissions, is_permission, "a list of \"secrets:<name>\"", false);
  reader.text("library", manifest.library, is_file_name, "the library's file name, beside the manifest");
  reader.text("sha256", manifest.sha256, is_hash, "64 lower-case hex digits");
  const auto anything = [](std::string_view t) { return t.size() <= 1000; };
  reader.text("description", manifest.description, anything, "a text of at most 1000 bytes", false);
  reader.text("license", manifest.license, anything, "a text of at most 1000 bytes", false);
  reader.finish();
  if (!reader.failed()) {
    const auto name = file.substr(file.find_last_of('/') == file.npos ? 0 : file.find_last_of('/') + 1);
    if (name != manifest.id + ".plugin.json")
      reader.complain("id", "does not fit the file's name",
                      "a file named \"" + manifest.id + ".plugin.json\"");
  }
  if (reader.failed()) return fail(reader.error());
  return manifest;
}

}  // namespace printrouter
