// SPDX-License-Identifier: Apache-2.0
#include <printrouter/ticket.hpp>
#include <printrouter/vendor.hpp>

#include <string>
#include <string_view>

#include "acme_reply.hpp"
#include "acme_rules.hpp"

namespace acme {
namespace {

namespace sdk = printrouter::sdk;

class Acme : public sdk::Vendor {
 public:
  using Vendor::Vendor;

  const void* extension(std::string_view id) override {
    static constexpr pr_vendor table = sdk::vendor_table("acme", /*needs_time=*/true);
    return id == PR_VENDOR_ID ? &table : nullptr;
  }

  uint32_t identify(const pr_device& device, pr_str* model) override {
    const std::string_view maker = sdk::view(device.maker), name = sdk::view(device.model);
    if (maker != "Acme" && maker != "ACME Printing Machines") return name.starts_with("Acme ") ? 60 : 0;
    if (name.find("9000") != name.npos) *model = sdk::str("Laser 9000");
    return 100;
  }

  void declare(const sdk::Sink& sink) override {
    sink.identity_field(kBadge, "number on the user's Acme badge: A and six digits");
  }

  void assess(const pr_assess_in& in, pr_assessment& out, const sdk::Sink& sink) override {
    const sdk::Ticket ticket(in);
    const bool spooling = in.port->port_class == PR_PORT_DEVICE_SPOOLING;
    out.permitted = 1;
    out.counted_by = spooling ? PR_COUNTED_DEVICE : PR_COUNTED_CLIENT;
    out.preference = spooling ? 50 : 0;
    out.release_at_device = spooling ? PR_YES : PR_NO;
    if (spooling)
      sink.info("acme.released-with-badge", "Hold your badge to the device to release the job.",
                "Bitte den Ausweis an das Gerät halten, um den Auftrag freizugeben.");
    badge_required(in, ticket.has_pjl_path(), out, sink);
    night_shift(in, out, sink);
    ticket.carry(sink);
  }

  void prepare(const pr_assess_in& in, const sdk::Sink& sink) override {
    const sdk::Ticket ticket(in);
    if (!ticket.has_pjl_path()) return;
    sdk::name_job(in, sink);
    ticket.edits(sink);
    // Acme's driver leaves the line empty; this edit fills it in, inside the document.
    if (const std::string_view badge = badge_of(in); !badge.empty())
      sink.replace_line(PR_ANCHOR_AFTER_PJL_HEADER, "@PJL SET ACMEBADGE",
                        sdk::pjl::set_text("ACMEBADGE", badge, 7));
    sink.replace_line(PR_ANCHOR_AFTER_PJL_HEADER, "@PJL SET ACMERECEIPT", sdk::pjl::set("ACMERECEIPT", "ON"));
  }

  void interpret(const pr_device&, const pr_device_reply& reply, pr_interpretation& out,
                 const sdk::Sink& sink) override {
    interpret_reply(reply, out, sink);
  }

  void counters(const pr_device& device, const sdk::Sink& sink) override {
    sdk::counters_of_model(device, sink);
  }
};

}  // namespace
}  // namespace acme

PRINTROUTER_PLUGIN(acme::Acme, "acme", "2.3.1")
