// SPDX-License-Identifier: Apache-2.0
/// The scripts for what answers without a conversation: vendor rules and languages.
#include <array>

#include "plugin/plugin_smoke.hpp"

namespace printrouter {
namespace {

bool complain(PluginFinding* out, std::string_view id, std::string text) {
  out->id = id;
  out->text = std::move(text);
  return false;
}

pr_str str(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view view(pr_str text) {
  return text.size ? std::string_view(text.data, text.size) : std::string_view();
}

/// Writes all answers of one call into a text, to compare two calls and to read every byte.
struct Recorder {
  std::string said;
  bool refused = false;
  pr_vendor_sink sink{
      sizeof(pr_vendor_sink),
      0,
      this,
      [](void* c, std::uint32_t severity, pr_str id, pr_str en, pr_str de) {
        auto& self = *static_cast<Recorder*>(c);
        if (severity == PR_REASON_REFUSAL && id.size > 0 && en.size > 0) self.refused = true;
        self.add({std::to_string(severity), view(id), view(en), view(de)});
      },
      [](void* c, pr_str attribute, std::uint32_t how) {
        static_cast<Recorder*>(c)->add({"carry", view(attribute), std::to_string(how)});
      },
      [](void* c, std::uint32_t anchor, pr_str match, pr_bytes bytes) {
        static_cast<Recorder*>(c)->add({"edit", std::to_string(anchor), view(match),
                                        view({reinterpret_cast<const char*>(bytes.data), bytes.size})});
      },
      [](void* c, char letter, pr_str value) {
        static_cast<Recorder*>(c)->add({"lpr", std::string_view(&letter, 1), view(value)});
      },
      [](void* c, const pr_attr* attribute) {
        static_cast<Recorder*>(c)->add({"ipp", view(attribute->name), view(attribute->text)});
      },
      [](void* c, pr_str name, pr_str method, pr_str where) {
        static_cast<Recorder*>(c)->add({"counter", view(name), view(method), view(where)});
      },
      [](void* c, pr_str name, pr_str description) {
        static_cast<Recorder*>(c)->add({"identity", view(name), view(description)});
      }};

  void add(std::initializer_list<std::string_view> words) {
    for (const auto word : words) said.append(word) += '\x1f';
    said += '\n';
  }
};

/// One round through a vendor's functions about one device and port.
bool ask_vendor(const PluginInstance& plugin, const pr_device& device, const pr_port& port, Recorder& answers,
                PluginFinding* out) {
  const auto& table = *plugin.vendor();
  auto* const self = plugin.get();
  const auto* sink = &answers.sink;
  pr_str model{};
  std::uint32_t weight = 0;
  if (!without_exception(out, "identify", [&] { weight = table.identify(self, &device, &model); }))
    return false;
  if (weight > 100) return complain(out, finding::action_invalid, "identify answers more than 100");
  answers.add({"identify", std::to_string(weight), view(model)});
  if (!without_exception(out, "declare", [&] { table.declare(self, sink); })) return false;

  pr_assess_in in{};
  in.struct_size = sizeof in;
  in.device = &device;
  in.port = &port;
  in.user = str("smoke");
  in.title = str("smoke \"test\"\r\n@PJL");
  in.job_uuid = str("6b1c0c2e-0f0a-4b7e-9a59-000000000007");
  in.document_format = str("application/pdf");
  const std::array<pr_attr, 2> ticket{
      pr_attr{str("copies"), PR_ATTR_INTEGER, 0, 3, 0, {nullptr, 0}},
      pr_attr{str("sides"), PR_ATTR_KEYWORD, 0, 0, 0, str("two-sided-long-edge")}};
  in.ticket = {ticket.data(), ticket.size()};
  pr_assessment assessment{};
  assessment.struct_size = sizeof assessment;
  pr_status status = PR_ERROR;
  answers.refused = false;
  if (!without_exception(out, "assess", [&] { status = table.assess(self, &in, &assessment, sink); }))
    return false;
  if (status == PR_OK && assessment.permitted == 0 && !answers.refused)
    return complain(out, finding::refusal_without_reason,
                    "assess refuses a port and gives no reason of severity refusal");
  answers.add({"assess", std::to_string(status), std::to_string(assessment.permitted),
               std::to_string(assessment.counted_by), std::to_string(assessment.preference)});
  if (!without_exception(out, "prepare", [&] { status = table.prepare(self, &in, sink); })) return false;

  const pr_device_reply reply{sizeof(pr_device_reply),
                              8,
                              port.protocol,
                              str("reset"),
                              {reinterpret_cast<const std::uint8_t*>("\x1b\xff@PJL"), 6}};
  pr_interpretation meaning{};
  meaning.struct_size = sizeof meaning;
  meaning.outcome = reply.outcome;
  if (!without_exception(out, "interpret",
                         [&] { status = table.interpret(self, &device, &reply, &meaning, sink); }))
    return false;
  return without_exception(out, "counters", [&] { status = table.counters(self, &device, sink); });
}

}  // namespace

bool smoke_vendor(const PluginInstance& plugin, const SmokeProgress& progress, PluginFinding* out) {
  static const std::array<std::string_view, 3> makers{"", "Kyocera", "Smoke Works"};
  static const std::array<std::string_view, 3> protocols{"raw", "lpr", "ipp"};
  for (const auto maker : makers)
    for (const auto protocol : protocols)
      for (const std::uint32_t port_class :
           {PR_PORT_CLASS_UNSTATED, PR_PORT_PLAIN, PR_PORT_DEVICE_SPOOLING}) {
        progress("vendor rules for a " + std::string(protocol) + " port of class " +
                 std::to_string(port_class));
        pr_device device{};
        device.struct_size = sizeof device;
        device.id = str("smoke");
        device.address = str("192.0.2.1");
        device.maker = str(maker);
        device.model = str("Model 1");
        pr_port port{};
        port.struct_size = sizeof port;
        port.port_class = port_class;
        port.protocol = str(protocol);
        port.port = 9100;
        Recorder first, second;
        if (!ask_vendor(plugin, device, port, first, out) || !ask_vendor(plugin, device, port, second, out))
          return false;
        if (first.said != second.said)
          return complain(out, finding::not_pure, "the same facts get another answer the second time");
      }
  return true;
}

bool smoke_language(const PluginInstance& plugin, const SmokeProgress& progress, PluginFinding* out) {
  const auto& table = *plugin.language();
  static constexpr std::array<std::string_view, 4> texts{std::string_view(),
                                                         std::string_view("\0\xff\x1b%-12345X\x80", 13),
                                                         "%PDF-1.7\n1 0 obj\n<<>>", "%!PS\n(unended"};
  for (const auto text : texts) {
    progress("language, " + std::to_string(text.size()) + " bytes");
    std::string_view data = text;
    const pr_document_reader reader{
        sizeof(pr_document_reader), 0, &data, text.size(),
        [](void* c, std::uint64_t at, std::uint8_t* to, std::size_t size) -> std::int64_t {
          const auto& all = *static_cast<std::string_view*>(c);
          if (at >= all.size()) return 0;
          const auto part = all.substr(static_cast<std::size_t>(at), size);
          part.copy(reinterpret_cast<char*>(to), part.size());
          return static_cast<std::int64_t>(part.size());
        }};
    pr_analyser* analyser = nullptr;
    pr_status status = PR_ERROR;
    const bool seekable = table.input == PR_INPUT_SEEKABLE;
    const auto open = [&] { status = table.open(plugin.get(), seekable ? &reader : nullptr, &analyser); };
    if (!without_exception(out, "open", open)) return false;
    if (status != PR_OK || !analyser) continue;
    const auto work = [&] {
      if (!seekable)
        for (const char& c : text) table.feed(analyser, {reinterpret_cast<const std::uint8_t*>(&c), 1});
      pr_analysis analysis{};
      analysis.struct_size = sizeof analysis;
      table.finish(analyser, &analysis);
    };
    const bool well = without_exception(out, "feed or finish", work);
    if (!without_exception(out, "close", [&] { table.close(analyser); }) || !well) return false;
  }
  return true;
}

}  // namespace printrouter
