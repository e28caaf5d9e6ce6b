// SPDX-License-Identifier: Apache-2.0
#include "devices/device_model.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "config/field_reader.hpp"
#include "env/machine.hpp"

namespace printrouter {
namespace {
/// Those of vendors/schema/device-model.schema.json.
constexpr std::array<std::string_view, 25> known_facts = {"ports",
                                                          "languages",
                                                          "color",
                                                          "duplex",
                                                          "media",
                                                          "max-media",
                                                          "finishings",
                                                          "pjl-wrap",
                                                          "pjl-echo",
                                                          "pjl-ustatus",
                                                          "copies-by-pjl",
                                                          "sides-by-pjl",
                                                          "media-by-pjl",
                                                          "color-by-pjl",
                                                          "prescribe-in-pjl-header",
                                                          "counters",
                                                          "wake",
                                                          "ipp-and-in-document-conflict",
                                                          "release",
                                                          "maker-option-name",
                                                          "account-code-max-digits",
                                                          "job-name-max-bytes",
                                                          "unknown-id-job-modes",
                                                          "device-records",
                                                          "truncated"};

/// Case, blanks and dashes do not tell models apart.
std::string key_of(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ' ' || c == '-' || c == '_') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::string first_source(const JsonNode* source) {
  if (source && source->kind == JsonNode::Kind::array && !source->items.empty())
    source = &source->items.front();
  const JsonNode* title = source ? source->member("title") : nullptr;
  return title && title->kind == JsonNode::Kind::text ? title->text : std::string();
}

void read_fact(const std::string& name, const JsonNode& node, const std::string& path,
               const std::string& file, DeviceModel& out, ConfigFindings& findings) {
  FieldReader fact(node, path, file, findings);
  if (!fact.is_object()) return;
  const JsonNode* value = fact.take("value");
  const JsonNode* source = fact.take("source");
  std::string confidence, note;
  fact.word<std::string>("confidence", confidence,
                         {{"documented", "documented"}, {"observed", "observed"}, {"inferred", "inferred"}},
                         true);
  fact.text("note", note);
  fact.done(Severity::warning);
  if (!value || !source) {
    fact.report(Severity::refusal, "config.missing", node.line, value ? "source" : "value", "is missing",
                "fehlt");
    return;
  }
  out.confidence[name] = confidence;
  out.source[name] = first_source(source);
  if (std::ranges::find(known_facts, name) == known_facts.end())
    fact.report(Severity::warning, "model.unknown-fact", node.line, {},
                "is a fact that this version does not know", "ist ein Fakt, den diese Version nicht kennt");
  if (name == "ports") {
    if (value->kind != JsonNode::Kind::array) return fact.wrong_type(*value, "value", "a list", "eine Liste");
    for (std::size_t i = 0; i < value->items.size(); ++i)
      out.ports.push_back(
          read_port(value->items[i], path + ".value[" + std::to_string(i) + "]", file, findings));
    return;
  }
  bool good = true;
  if (name == "counters") {
    for (const auto& [counter, where] : value->members) {
      std::string text;
      for (const char* part : {"oid", "labels", "values", "label"})
        if (const JsonNode* word = where.member(part)) {
          good = good && word->kind == JsonNode::Kind::text;
          (text += text.empty() ? "" : " ") += word->text;
        }
      good = good && !text.empty();
      if (good) out.facts.push_back(Attribute::word("counters." + counter, text));
    }
  } else {
    good = to_attributes(*value, name, out.facts);
  }
  if (!good)
    fact.report(Severity::refusal, "config.type", value->line, "value",
                "has a form that this fact does not have", "hat eine Form, die dieser Fakt nicht hat");
}
}  // namespace

ModelResult parse_device_model(std::string_view text, const std::string& name) {
  ModelResult result;
  JsonNode root;
  if (!parse_json(text, name, root, result.findings)) return result;
  FieldReader in(root, {}, name, result.findings);
  if (!in.is_object()) return result;
  DeviceModel model;
  model.file = name;
  int version = 0;
  in.number("schema_version", version, 1, 1, true);
  in.text("maker", model.maker, true);
  in.text("model", model.model, true);
  in.object(
      "identify",
      [&](FieldReader& identify) {
        identify.texts("names", model.names);
        identify.text("sys_object_id", model.sys_object_id);
      },
      true);
  in.entries("facts", [&](const std::string& fact, const JsonNode& node, const std::string& path) {
    read_fact(fact, node, path, name, model, result.findings);
  });
  in.done(Severity::warning);
  if (!has_errors(result.findings)) result.models.push_back(std::move(model));
  return result;
}

namespace {
/// share/printrouter/vendors/MAKER/devices beside the program's own folder, as the installation puts them.
std::vector<std::string> installed_folders() {
  const auto makers = env::program_path().parent_path().parent_path() / "share" / "printrouter" / "vendors";
  std::vector<std::string> folders;
  std::error_code ec;
  for (auto it = std::filesystem::directory_iterator(makers, ec);
       !ec && it != std::filesystem::directory_iterator(); it.increment(ec))
    if (const auto models = it->path() / "devices"; std::filesystem::is_directory(models, ec))
      folders.push_back(models.string());
  std::ranges::sort(folders);
  return folders;
}
}  // namespace

ModelLibrary ModelLibrary::load(const std::vector<std::string>& configured, ConfigFindings* findings) {
  const std::vector<std::string> folders = configured.empty() ? installed_folders() : configured;
  ModelLibrary library;
  ConfigFindings ignored;
  ConfigFindings& out = findings ? *findings : ignored;
  for (const std::string& folder : folders) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (auto it = std::filesystem::directory_iterator(folder, error);
         !error && it != std::filesystem::directory_iterator(); it.increment(error))
      if (it->path().extension() == ".json") files.push_back(it->path());
    if (error)
      out.push_back({Severity::warning,
                     "model.folder",
                     folder,
                     0,
                     "device_models",
                     "cannot be read: " + error.message(),
                     "kann nicht gelesen werden: " + error.message(),
                     {},
                     {}});
    std::ranges::sort(files);
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      const std::string text(std::istreambuf_iterator<char>(in), {});
      ModelResult read = parse_device_model(text, file.string());
      for (ConfigFinding& f : read.findings) {
        // One damaged model file must not keep the daemon from starting: the model is left out, and named.
        f.severity = Severity::warning;
        out.push_back(std::move(f));
      }
      for (DeviceModel& model : read.models) library.add(std::move(model));
    }
  }
  return library;
}

void ModelLibrary::add(DeviceModel model) {
  const std::size_t at = models_.size();
  for (const std::string& name : model.names) by_name_.emplace(key_of(name), at);
  by_name_.emplace(key_of(model.model), at);
  by_name_.emplace(key_of(model.maker + model.model), at);
  models_.push_back(std::move(model));
}

const DeviceModel* ModelLibrary::find(std::string_view maker, std::string_view model) const {
  if (model.empty()) return nullptr;
  for (const std::string& key : {key_of(std::string(maker) + std::string(model)), key_of(model)}) {
    const auto it = by_name_.find(key);
    if (it == by_name_.end()) continue;
    const DeviceModel& found = models_[it->second];
    // A bare model name may belong to another maker's device.
    if (maker.empty() || key_of(maker).find(key_of(found.maker)) != std::string::npos ||
        key_of(found.maker).find(key_of(maker)) != std::string::npos)
      return &found;
  }
  return nullptr;
}

}  // namespace printrouter
