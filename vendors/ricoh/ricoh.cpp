// SPDX-License-Identifier: Apache-2.0
/// Ricoh, from public documents: user code authentication. Source: Ricoh, Aficio SP C430DN manuals, UNIX
/// supplement, "Usercode": up to eight digits inside double quotation marks; "Billing code": 255 bytes a PJL
/// line.
#include <printrouter/ticket.hpp>
#include <printrouter/vendor.hpp>

#include <string>
#include <string_view>

namespace printrouter::ricoh {
namespace {

constexpr std::string_view kUserCode = "ricoh-user-code";

bool contains(std::string_view text, std::string_view lower_case_word) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower.find(lower_case_word) != lower.npos;
}

/// The user code of the case, empty if there is none or it cannot be one.
std::string_view user_code(const pr_assess_in& in) {
  const std::string_view code = sdk::Attributes(in.identity).text(kUserCode);
  const int64_t most = sdk::Attributes(in.device->facts).integer("account-code-max-digits", 8);
  return sdk::pjl::is_code(code, static_cast<std::size_t>(most < 1 || most > 8 ? 8 : most))
             ? code
             : std::string_view();
}

/// The code travels in the PJL header: without a way to write one it does not reach the device.
void user_code_required(const pr_assess_in& in, bool can_send, pr_assessment& out, const sdk::Sink& sink) {
  const std::string_view mode = sdk::Attributes(in.device->settings).text("unknown-id-jobs");
  const bool has_code = !user_code(in).empty();
  if (mode != "reject" || (has_code && can_send)) {
    if (mode.empty() && !has_code)
      sink.warn(
          "ricoh.user-code-unknown",
          "Nobody said whether this device wants a user code; assumed that it does not. State "
          "\"unknown-id-jobs\" for this device.",
          "Es ist nicht angegeben, ob dieses Gerät einen Benutzercode verlangt; angenommen wird: nein. Bitte "
          "\"unknown-id-jobs\" für dieses Gerät angeben.");
    return;
  }
  out.permitted = 0;
  if (!has_code)
    sink.refuse(
        "ricoh.user-code-required",
        "The device prints only with a user code (up to 8 digits), and there is none for this user. Have one "
        "entered.",
        "Das Gerät druckt nur mit einem Benutzercode (bis zu 8 Ziffern), und für diesen Benutzer ist keiner "
        "hinterlegt. Bitte einen eintragen lassen.");
  else
    sink.refuse(
        "ricoh.user-code-cannot-travel",
        "The device prints only with a user code, and a document of this format on this port cannot carry "
        "it. "
        "Use a RAW or LPR port and a format that may be wrapped in PJL.",
        "Das Gerät druckt nur mit einem Benutzercode, und ein Dokument dieses Formats kann ihn an diesem "
        "Anschluss nicht mitnehmen. Einen RAW- oder LPR-Anschluss und ein Format nutzen, das PJL verträgt.");
}

class Ricoh : public sdk::Vendor {
 public:
  using Vendor::Vendor;

  const void* extension(std::string_view id) override {
    static constexpr pr_vendor table = sdk::vendor_table("ricoh");
    return id == PR_VENDOR_ID ? &table : nullptr;
  }

  uint32_t identify(const pr_device& device, pr_str*) override {
    // IANA enterprise number 367: Ricoh.
    if (sdk::Attributes(device.settings).text("sys-object-id").starts_with("1.3.6.1.4.1.367.")) return 100;
    if (contains(sdk::view(device.maker), "ricoh")) return 90;
    if (contains(sdk::view(device.model), "ricoh") || contains(sdk::view(device.model), "aficio")) return 70;
    return 0;
  }

  void declare(const sdk::Sink& sink) override {
    sink.identity_field(kUserCode, "user code of the user at Ricoh devices: 1 to 8 digits");
  }

  void assess(const pr_assess_in& in, pr_assessment& out, const sdk::Sink& sink) override {
    const sdk::Ticket ticket(in);
    const bool spooling = in.port->port_class == PR_PORT_DEVICE_SPOOLING;
    out.permitted = 1;
    out.preference = spooling ? 100 : 0;
    out.counted_by = spooling ? PR_COUNTED_DEVICE : PR_COUNTED_CLIENT;
    out.release_at_device = spooling ? PR_UNKNOWN : PR_NO;
    out.may_count_twice =
        !spooling && sdk::Attributes(in.device->settings).boolean("terminal-present") != PR_NO;
    if (out.may_count_twice)
      sink.warn(
          "ricoh.may-count-twice",
          "If there is a terminal on this device, the pages may be counted by this computer and by the "
          "device. "
          "State \"terminal-present\" for this device.",
          "Ist am Gerät ein Terminal, werden die Seiten womöglich von diesem Rechner und vom Gerät gezählt. "
          "Bitte \"terminal-present\" für dieses Gerät angeben.");
    if (!spooling) user_code_required(in, ticket.has_pjl_path(), out, sink);
    ticket.carry(sink);
  }

  void prepare(const pr_assess_in& in, const sdk::Sink& sink) override {
    const sdk::Ticket ticket(in);
    if (!ticket.has_pjl_path()) return;
    sdk::name_job(in, sink);
    ticket.edits(sink);
    if (const std::string_view code = user_code(in); !code.empty())
      sink.replace_line(PR_ANCHOR_AFTER_PJL_HEADER, "@PJL SET USERCODE",
                        sdk::pjl::set_text("USERCODE", code, 8));
  }

  void counters(const pr_device& device, const sdk::Sink& sink) override {
    sdk::counters_of_model(device, sink);
  }
};

}  // namespace
}  // namespace printrouter::ricoh

PRINTROUTER_PLUGIN(printrouter::ricoh::Ricoh, "ricoh", "0.1.0")
