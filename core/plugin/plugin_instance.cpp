// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_instance.hpp"

#include <cstring>
#include <exception>

namespace printrouter {
namespace {

PluginFinding& note(PluginFinding* out, std::string_view id, std::string text) {
  out->id = id;
  out->text = std::move(text);
  return *out;
}

bool complete(const pr_session_table& session) {
  return session.step && session.close;
}
bool complete(const pr_protocol& t) {
  return t.name && t.open && complete(t.session);
}
bool complete(const pr_receiver& t) {
  return t.name && t.open && complete(t.session);
}
bool complete(const pr_server& t) {
  return t.name && t.open && t.check && complete(t.session);
}
bool complete(const pr_vendor& t) {
  return t.name && t.identify && t.declare && t.assess && t.prepare && t.interpret && t.counters;
}
bool complete(const pr_language& t) {
  return t.name && t.open && t.finish && t.close && (t.input != PR_INPUT_STREAM || t.feed);
}

std::size_t session_size(const pr_protocol& t) {
  return t.session.struct_size;
}
std::size_t session_size(const pr_receiver& t) {
  return t.session.struct_size;
}
std::size_t session_size(const pr_server& t) {
  return t.session.struct_size;
}
std::size_t session_size(const pr_vendor&) {
  return sizeof(pr_session_table);
}
std::size_t session_size(const pr_language&) {
  return sizeof(pr_session_table);
}

template <class Table>
const Table* checked(const void* found, const std::string& id, PluginFinding* out) {
  const auto* table = static_cast<const Table*>(found);
  if (table->struct_size < sizeof(Table)) {
    note(out, finding::struct_size,
         "the table of " + id + " has " + std::to_string(table->struct_size) + " bytes, expected " +
             std::to_string(sizeof(Table)));
    return nullptr;
  }
  if (session_size(*table) < sizeof(pr_session_table)) {
    note(out, finding::struct_size,
         "the session table of " + id + " has " + std::to_string(session_size(*table)) + " bytes, expected " +
             std::to_string(sizeof(pr_session_table)));
    return nullptr;
  }
  if (!complete(*table)) {
    note(out, finding::function_missing, "the table of " + id + " lacks its name or a function");
    return nullptr;
  }
  return table;
}

}  // namespace

void note_exception(PluginFinding* out, std::string_view where, std::string_view what) {
  note(out, finding::exception_escaped,
       std::string(where) + " threw across the border: " + log_text(what, 200));
}

std::unique_ptr<PluginInstance> PluginInstance::create(const PluginCandidate& candidate,
                                                       PluginLibrary library, HostServices services,
                                                       PluginFinding* out) {
  out->plugin = candidate.manifest.id;
  out->sha256 = candidate.manifest.sha256;
  out->place = candidate.library_path;
  std::unique_ptr<PluginInstance> instance(new PluginInstance(std::move(library), std::move(services)));
  pr_status status = PR_ERROR;
  pr_plugin* made = nullptr;
  const auto call = [&] { status = instance->library_.entry().create(instance->host_.abi(), &made); };
  if (!without_exception(out, "create", call)) return nullptr;
  if (status != PR_OK || !made) {
    note(out, finding::init_failed, "create answered " + std::to_string(status));
    return nullptr;
  }
  instance->plugin_ = made;
  for (const auto& id : candidate.manifest.provides)
    if (!instance->take(id, out)) return nullptr;
  return instance;
}

bool PluginInstance::take(const std::string& id, PluginFinding* out) {
  const void* table = nullptr;
  const auto ask = [&] { table = library_.entry().get_extension(plugin_, id.c_str()); };
  if (!without_exception(out, "get_extension", ask)) return false;
  if (!table) {
    note(out, finding::extension_missing, "the manifest provides " + id + ", get_extension answers NULL");
    return false;
  }
  if (id == PR_PROTOCOL_ID) return (protocol_ = checked<pr_protocol>(table, id, out)) != nullptr;
  if (id == PR_RECEIVER_ID) return (receiver_ = checked<pr_receiver>(table, id, out)) != nullptr;
  if (id == PR_VENDOR_ID) return (vendor_ = checked<pr_vendor>(table, id, out)) != nullptr;
  if (id == PR_LANGUAGE_ID) return (language_ = checked<pr_language>(table, id, out)) != nullptr;
  if (id == PR_SERVER_ID) return (server_ = checked<pr_server>(table, id, out)) != nullptr;
  return true;  // an interface of a later contract: offered, not used here
}

PluginInstance::~PluginInstance() {
  PluginFinding ignored;  // at the end there is nobody left to act on it
  if (plugin_) without_exception(&ignored, "destroy", [this] { library_.entry().destroy(plugin_); });
}

std::vector<std::string> PluginInstance::names() const {
  std::vector<std::string> names;
  const auto add = [&](const char* kind, const auto* table) {
    if (table)
      names.push_back(std::string(kind) + " " + log_text({table->name, ::strnlen(table->name, 100)}, 100));
  };
  add("protocol", protocol_);
  add("receiver", receiver_);
  add("vendor", vendor_);
  add("language", language_);
  add("server", server_);
  return names;
}

}  // namespace printrouter
