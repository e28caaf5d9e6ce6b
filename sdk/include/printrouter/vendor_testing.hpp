// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Asks a vendor pack questions, as the host does, and keeps what it answers. Link the pack's sources into
/// the test.
///
///     testing::VendorPack pack(printrouter_plugin_v1);
///     testing::VendorQuestion q;
///     q.settings.word("unknown-id-jobs", "reject");
///     auto a = pack.assess(q);
///     assert(!a.assessment.permitted && a.find("acme.badge-required"));
///
/// What breaks the contract of abi/vendor.h (a refusal without a reason, a reason without German, one
/// attribute carried two ways, an edit at no anchor) throws std::logic_error. Needs no test framework. For
/// tests only.
#include <printrouter/abi/action.h>
#include <printrouter/testing.hpp>
#include <printrouter/vendor.hpp>

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace printrouter::testing {

/// Attributes that own their texts.
class Values {
 public:
  Values& word(std::string_view name, std::string_view value, uint32_t kind = PR_ATTR_KEYWORD) {
    items_.push_back({std::string(name), std::string(value), kind, 0});
    return *this;
  }
  Values& yes(std::string_view name) { return number(name, 1, PR_ATTR_BOOLEAN); }
  Values& no(std::string_view name) { return number(name, 0, PR_ATTR_BOOLEAN); }
  Values& number(std::string_view name, int64_t value, uint32_t kind = PR_ATTR_INTEGER) {
    items_.push_back({std::string(name), {}, kind, value});
    return *this;
  }
  /// Borrows from this object, until it is changed.
  pr_attrs attrs() const {
    view_.clear();
    for (const Item& item : items_) {
      view_.push_back(sdk::attr_text(item.name, item.text, item.kind));
      view_.back().integer = item.number;
    }
    return {view_.data(), view_.size()};
  }

 private:
  struct Item {
    std::string name, text;
    uint32_t kind;
    int64_t number;
  };
  std::vector<Item> items_;
  mutable std::vector<pr_attr> view_;
};

/// A question about an ordinary job; change what the test is about.
struct VendorQuestion {
  std::string user = "alice", title = "Report", uuid = "urn:uuid:00000000-0000-4000-8000-000000000001";
  std::string format = "application/pdf", protocol = "raw", sender = "10.1.2.3", maker, model;
  uint32_t port_class = PR_PORT_PLAIN;
  Values facts, settings, ticket, identity, profile;
};

struct VendorAnswer {
  struct Reason {
    uint32_t severity;
    std::string id, en, de;
  };
  struct Edit {
    uint32_t anchor;
    std::string match, bytes;
  };
  pr_assessment assessment{};
  pr_interpretation interpretation{};
  std::vector<Reason> reasons;
  std::vector<Edit> edits;
  std::map<std::string, uint32_t> carried;
  std::map<std::string, std::string> ipp, counters, identity_fields, lpr_lines;

  std::vector<std::string> ids() const {
    std::vector<std::string> out;
    for (const Reason& r : reasons) out.push_back(r.id);
    return out;
  }
  const Reason* find(std::string_view id) const {
    for (const Reason& r : reasons)
      if (r.id == id) return &r;
    return nullptr;
  }
  /// The new lines of the PJL header, in order.
  std::string header() const {
    std::string out;
    for (const Edit& e : edits)
      if (e.anchor == PR_ANCHOR_AFTER_PJL_HEADER) out += e.bytes;
    return out;
  }
};

class VendorPack {
 public:
  explicit VendorPack(const pr_plugin_entry& entry)
      : plugin_(host_, entry), table_(*plugin_.extension<pr_vendor>(PR_VENDOR_ID)) {}

  const pr_vendor& table() const { return table_; }
  const FakeHost& host() const { return host_; }

  VendorAnswer assess(const VendorQuestion& q) const {
    VendorAnswer a;
    a.assessment.struct_size = sizeof a.assessment;
    const pr_vendor_sink sink = sink_for(a);
    ask(q, [&](const pr_assess_in& in) {
      done(table_.assess(plugin_.get(), &in, &a.assessment, &sink), "assess");
    });
    bool refused = false;
    for (auto& r : a.reasons) refused |= r.severity == PR_REASON_REFUSAL;
    must(refused == (a.assessment.permitted == 0),
         "a refusal goes with a reason of that severity, and only then");
    must(a.assessment.wake_wait_ms <= 600'000, "wake_wait_ms is at most ten minutes");
    return a;
  }
  VendorAnswer prepare(const VendorQuestion& q) const {
    VendorAnswer a;
    const pr_vendor_sink sink = sink_for(a);
    ask(q, [&](const pr_assess_in& in) { done(table_.prepare(plugin_.get(), &in, &sink), "prepare"); });
    return a;
  }
  /// `outcome`: PR_OUTCOME_* as the protocol understood it; `text`: what the device said.
  VendorAnswer interpret(uint32_t outcome, std::string_view reason, std::string_view text) const {
    VendorAnswer a;
    pr_device device{};
    device.struct_size = sizeof device;
    const pr_device_reply reply{sizeof(pr_device_reply), outcome, sdk::str("raw"), sdk::str(reason),
                                sdk::bytes(text)};
    const pr_vendor_sink sink = sink_for(a);
    a.interpretation.struct_size = sizeof a.interpretation;
    done(table_.interpret(plugin_.get(), &device, &reply, &a.interpretation, &sink), "interpret");
    must(outcome != PR_OUTCOME_UNKNOWN || a.interpretation.outcome != PR_OUTCOME_NOT_SENT,
         "unknown must not be softened to not-sent");
    return a;
  }
  VendorAnswer counters(const Values& facts) const {
    VendorAnswer a;
    pr_device device{};
    device.struct_size = sizeof device;
    device.facts = facts.attrs();
    const pr_vendor_sink sink = sink_for(a);
    done(table_.counters(plugin_.get(), &device, &sink), "counters");
    return a;
  }
  VendorAnswer declare() const {
    VendorAnswer a;
    const pr_vendor_sink sink = sink_for(a);
    table_.declare(plugin_.get(), &sink);
    return a;
  }
  uint32_t identify(std::string_view maker, std::string_view model, const Values& settings = {}) const {
    pr_device device{};
    device.struct_size = sizeof device;
    device.maker = sdk::str(maker);
    device.model = sdk::str(model);
    device.settings = settings.attrs();
    pr_str name{};
    const uint32_t weight = table_.identify(plugin_.get(), &device, &name);
    must(weight <= 100, "identify answers 0 to 100");
    return weight;
  }

 private:
  static void must(bool held, const std::string& what) {
    if (!held) throw std::logic_error("vendor: " + what);
  }
  void done(pr_status status, const char* function) const {
    if (status != PR_OK)
      throw std::logic_error("vendor: " + std::string(function) + " failed" +
                             (host_.log.empty() ? std::string() : ": " + host_.log.back()));
  }
  static std::string text(pr_str s) { return std::string(view(s)); }
  static VendorAnswer& to(void* context) { return *static_cast<VendorAnswer*>(context); }

  /// What a sink function throws, the pack's own guard writes to the log and answers PR_ERROR: `done` tells
  /// it.
  static pr_vendor_sink sink_for(VendorAnswer& a) {
    return {
        sizeof(pr_vendor_sink),
        0,
        &a,
        [](void* c, uint32_t severity, pr_str id, pr_str en, pr_str de) {
          must(severity >= PR_REASON_INFO && severity <= PR_REASON_REFUSAL, "severity of " + text(id));
          must(id.size && en.size && de.size,
               "a reason needs an id and its text in English and German: " + text(id));
          to(c).reasons.push_back({severity, text(id), text(en), text(de)});
        },
        [](void* c, pr_str attribute, uint32_t how) {
          must(how <= PR_CARRY_HOST_COPIES, "carry of " + text(attribute));
          must(to(c).carried.emplace(text(attribute), how).second, "carried two ways: " + text(attribute));
        },
        [](void* c, uint32_t anchor, pr_str match, pr_bytes bytes) {
          must(anchor >= PR_ANCHOR_START && anchor <= PR_ANCHOR_BEFORE_LAST_UEL, "an edit needs an anchor");
          to(c).edits.push_back({anchor, text(match), std::string(view(bytes))});
        },
        [](void* c, char letter, pr_str value) { to(c).lpr_lines[std::string(1, letter)] = text(value); },
        [](void* c, const pr_attr* attr) { to(c).ipp[text(attr->name)] = text(attr->text); },
        [](void* c, pr_str name, pr_str method, pr_str where) {
          to(c).counters[text(name)] = text(method) + ":" + text(where);
        },
        [](void* c, pr_str name, pr_str description) {
          to(c).identity_fields[text(name)] = text(description);
        }};
  }

  template <class F>
  static void ask(const VendorQuestion& q, F&& f) {
    using sdk::str;
    const pr_device device{
        sizeof(pr_device), 0, str("dev-1"), str("192.0.2.9"), str(q.maker), str(q.model), q.facts.attrs(),
        q.settings.attrs()};
    const pr_port port{sizeof(pr_port), q.port_class, str(q.protocol), 9100, 0, {}};
    pr_assess_in in{};
    in.struct_size = sizeof in;
    in.device = &device;
    in.port = &port;
    in.user = str(q.user);
    in.title = str(q.title);
    in.job_uuid = str(q.uuid);
    in.document_format = str(q.format);
    in.ticket = q.ticket.attrs();
    in.identity = q.identity.attrs();
    in.profile = q.profile.attrs();
    in.sender_address = str(q.sender);
    f(in);
  }

  FakeHost host_;
  LoadedPlugin plugin_;
  const pr_vendor& table_;
};

}  // namespace printrouter::testing
