// SPDX-License-Identifier: Apache-2.0
#include <printrouter/ticket.hpp>
#include <printrouter/vendor.hpp>

#include <string>
#include <string_view>

#include "kyocera_facts.hpp"
#include "kyocera_reply.hpp"
#include "kyocera_rules.hpp"

namespace printrouter::kyocera {
namespace {

bool contains(std::string_view text, std::string_view lower_case_word) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower.find(lower_case_word) != lower.npos;
}

class Kyocera : public sdk::Vendor {
 public:
  using Vendor::Vendor;

  const void* extension(std::string_view id) override {
    static constexpr pr_vendor table = sdk::vendor_table("kyocera");
    return id == PR_VENDOR_ID ? &table : nullptr;
  }

  uint32_t identify(const pr_device& device, pr_str*) override {
    // IANA enterprise number 1347: Kyocera.
    const std::string_view oid = sdk::Attributes(device.settings).text("sys-object-id");
    if (oid == "1.3.6.1.4.1.1347" || oid.starts_with("1.3.6.1.4.1.1347.")) return 100;
    const std::string_view maker = sdk::view(device.maker), model = sdk::view(device.model);
    if (contains(maker, "kyocera")) return 90;
    if (contains(model, "kyocera") ||
        (maker.empty() && (contains(model, "taskalfa") || contains(model, "ecosys"))))
      return 70;
    // Sold under other names: Copystar (USA), Triumph-Adler and UTAX (Europe).
    if (contains(maker, "copystar") || contains(maker, "triumph-adler") || contains(maker, "utax")) return 50;
    return 0;
  }

  void declare(const sdk::Sink& sink) override {
    sink.identity_field(kAccountCode,
                        "account (department) code of the user at Kyocera devices: 1 to 8 digits");
  }

  void assess(const pr_assess_in& in, pr_assessment& out, const sdk::Sink& sink) override {
    const Case c(in);
    out.permitted = 1;
    device_spooling_first(c, out, sink);
    plain_may_count_twice(c, out, sink);
    network_manager_wants_spooling(c, out, sink);
    unknown_id(c, out, sink);
    sender_listed(c, out, sink);
    asleep(c, out, sink);
    release(c, out, sink);
    sdk::Ticket(in, c.network_manager).carry(sink);
  }

  void prepare(const pr_assess_in& in, const sdk::Sink& sink) override {
    const Case c(in);
    if (c.network_manager) return;  // the driver's own headers stay untouched
    const bool send_code = c.code_state == Code::valid && !c.spooling;
    const sdk::Ticket ticket(in);
    if (!ticket.has_pjl_path()) {
      // PWG 5100.3: the account an IPP job is charged to.
      if (send_code && sdk::view(in.port->protocol) == "ipp")
        sink.ipp_attribute(sdk::attr_text("job-account-id", c.code, PR_ATTR_TEXT));
      ticket.edits(sink);  // none, unless IPP attributes and the document's own header would quarrel
      return;
    }
    sdk::name_job(in, sink);
    ticket.edits(sink);
    // PRESCRIBE after the PJL lines, before @PJL ENTER LANGUAGE (which the host writes): where the maker's
    // own driver puts it.
    if (send_code)
      sink.insert(PR_ANCHOR_AFTER_PJL_HEADER, "!R! ACNT \"CODE\",\"" + std::string(c.code) + "\";EXIT;\r\n");
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
}  // namespace printrouter::kyocera

PRINTROUTER_PLUGIN(printrouter::kyocera::Kyocera, "kyocera", "0.1.0")
