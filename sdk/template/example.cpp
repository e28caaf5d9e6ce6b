// SPDX-License-Identifier: Apache-2.0
#include <printrouter/ticket.hpp>
#include <printrouter/vendor.hpp>

namespace sdk = printrouter::sdk;

class Example : public sdk::Vendor {
 public:
  using Vendor::Vendor;

  const void* extension(std::string_view id) override {
    static constexpr pr_vendor table = sdk::vendor_table("example");
    return id == PR_VENDOR_ID ? &table : nullptr;
  }

  uint32_t identify(const pr_device& device, pr_str*) override {
    return sdk::view(device.maker) == "Example" ? 90 : 0;
  }

  void assess(const pr_assess_in& in, pr_assessment& out, const sdk::Sink& sink) override {
    out.permitted = 1;
    out.counted_by = PR_COUNTED_CLIENT;
    sdk::Ticket(in).carry(sink);
  }

  void prepare(const pr_assess_in& in, const sdk::Sink& sink) override {
    const sdk::Ticket ticket(in);
    if (!ticket.has_pjl_path()) return;
    sdk::name_job(in, sink);
    ticket.edits(sink);
  }
};

PRINTROUTER_PLUGIN(Example, "example", "1.0.0")
