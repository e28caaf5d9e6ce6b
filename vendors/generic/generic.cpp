// SPDX-License-Identifier: Apache-2.0
/// Devices of makers without a pack: plain ports only, counted by this computer, never more evidence than the
/// protocol gives. Whether such a device takes jobs must be known from somebody: a check or the
/// administrator.
#include <printrouter/ticket.hpp>
#include <printrouter/vendor.hpp>

#include <string_view>

namespace printrouter::generic {
namespace {

void plain_ports_only(const pr_assess_in& in, pr_assessment& out, const sdk::Sink& sink) {
  if (in.port->port_class != PR_PORT_DEVICE_SPOOLING) return;
  out.permitted = 0;
  sink.refuse(
      "generic.no-device-spooling",
      "No rules are known for a device-spooling port of this maker. Use a plain port, or install the maker's "
      "vendor pack.",
      "Für einen Anschluss mit Geräte-Spooling dieses Herstellers sind keine Regeln bekannt. Einen einfachen "
      "Anschluss nutzen oder das Paket des Herstellers einspielen.");
}

void acceptance_known(const pr_assess_in& in, pr_assessment& out, const sdk::Sink& sink) {
  const sdk::Attributes settings(in.device->settings);
  const std::string_view stated = settings.text("unknown-id-jobs");
  const pr_tristate observed = settings.boolean("accepts-unidentified-jobs");
  if (stated == "permit" || (stated.empty() && observed == PR_YES)) return;
  out.permitted = 0;
  if (stated == "reject" || observed == PR_NO)
    sink.refuse(
        "generic.unknown-id-rejected",
        "This device rejects jobs from users it does not know. Print elsewhere, or have it accept them.",
        "Dieses Gerät weist Aufträge von Benutzern ab, die es nicht kennt. Anderswo drucken oder sie am "
        "Gerät "
        "zulassen.");
  else
    sink.refuse(
        "generic.acceptance-unknown",
        "Nobody has tried whether this device takes jobs from this computer. Run \"printrouter check "
        "fallback\", or state \"unknown-id-jobs\": \"permit\" for this device.",
        "Niemand hat probiert, ob dieses Gerät Aufträge von diesem Rechner annimmt. \"printrouter check "
        "fallback\" ausführen oder \"unknown-id-jobs\": \"permit\" für dieses Gerät angeben.");
}

class Generic : public sdk::Vendor {
 public:
  using Vendor::Vendor;

  const void* extension(std::string_view id) override {
    static constexpr pr_vendor table = sdk::vendor_table("generic");
    return id == PR_VENDOR_ID ? &table : nullptr;
  }

  uint32_t identify(const pr_device&, pr_str*) override {
    return 1;
  }  // any device, if no other pack knows it

  void assess(const pr_assess_in& in, pr_assessment& out, const sdk::Sink& sink) override {
    out.permitted = 1;
    out.counted_by = PR_COUNTED_CLIENT;
    out.release_at_device = PR_NO;
    out.may_count_twice = sdk::Attributes(in.device->settings).boolean("terminal-present") == PR_YES;
    plain_ports_only(in, out, sink);
    acceptance_known(in, out, sink);
    if (out.may_count_twice)
      sink.warn(
          "generic.may-count-twice",
          "There is a terminal on this device: the pages may be counted by this computer and by the device.",
          "Am Gerät ist ein Terminal: Die Seiten werden womöglich von diesem Rechner und vom Gerät gezählt.");
    sdk::Ticket(in).carry(sink);
  }

  void prepare(const pr_assess_in& in, const sdk::Sink& sink) override {
    const sdk::Ticket ticket(in);
    if (!ticket.has_pjl_path()) return;
    sdk::name_job(in, sink);
    ticket.edits(sink);
  }

  void counters(const pr_device& device, const sdk::Sink& sink) override {
    sdk::counters_of_model(device, sink);
  }
};

}  // namespace
}  // namespace printrouter::generic

PRINTROUTER_PLUGIN(printrouter::generic::Generic, "generic", "0.1.0")
