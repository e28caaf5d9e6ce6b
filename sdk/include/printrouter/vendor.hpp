// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A maker's rules as a class; `vendor_table<Class>` makes its printrouter.vendor table.
#include <printrouter/abi/action.h>
#include <printrouter/abi/vendor.h>
#include <printrouter/plugin.hpp>

namespace printrouter::sdk {

/// Where the answers of a rule go.
class Sink {
 public:
  explicit Sink(const pr_vendor_sink* sink) : sink_(sink) {}
  void info(std::string_view id, std::string_view en, std::string_view de) const {
    reason(PR_REASON_INFO, id, en, de);
  }
  void warn(std::string_view id, std::string_view en, std::string_view de) const {
    reason(PR_REASON_WARNING, id, en, de);
  }
  void refuse(std::string_view id, std::string_view en, std::string_view de) const {
    reason(PR_REASON_REFUSAL, id, en, de);
  }
  void carry(std::string_view attribute, uint32_t how) const {
    sink_->carry(sink_->context, str(attribute), how);
  }
  void insert(uint32_t anchor, std::string_view data) const {
    sink_->edit(sink_->context, anchor, {}, bytes(data));
  }
  void replace_line(uint32_t anchor, std::string_view begins_with, std::string_view data) const {
    sink_->edit(sink_->context, anchor, str(begins_with), bytes(data));
  }
  void lpr_line(char letter, std::string_view value) const {
    sink_->lpr_line(sink_->context, letter, str(value));
  }
  void ipp_attribute(const pr_attr& attribute) const { sink_->ipp_attribute(sink_->context, &attribute); }
  void counter(std::string_view name, std::string_view method, std::string_view where) const {
    sink_->counter(sink_->context, str(name), str(method), str(where));
  }
  void identity_field(std::string_view name, std::string_view description) const {
    sink_->identity_field(sink_->context, str(name), str(description));
  }

 private:
  void reason(uint32_t severity, std::string_view id, std::string_view en, std::string_view de) const {
    sink_->reason(sink_->context, severity, str(id), str(en), str(de));
  }
  const pr_vendor_sink* sink_;
};

/// The counters that the model file names: facts "counters.<name>" hold a numeric OID to read by SNMP, or two
/// (columns of a table) and a label.
inline void counters_of_model(const pr_device& device, const Sink& sink) {
  static constexpr std::string_view prefix = "counters.";
  for (const pr_attr& a : Attributes(device.facts)) {
    const std::string_view name = view(a.name), where = view(a.text);
    if (!name.starts_with(prefix)) continue;
    const std::size_t end = where.find_first_not_of("0123456789.");
    const std::size_t label = end == where.npos ? end : where.find_first_not_of("0123456789.", end + 1);
    if (end == where.npos && !where.empty())
      sink.counter(name.substr(prefix.size()), "snmp", where);
    else if (end != 0 && label != where.npos && label != end + 1 && where[end] == ' ' &&
             where[label] == ' ' && label + 1 < where.size())
      sink.counter(name.substr(prefix.size()), "snmp-label", where);
  }
}

/// Base of a vendor pack. The defaults are those of a maker without rules of its own.
class Vendor : public Plugin {
 public:
  using Plugin::Plugin;
  /// 0 (not ours) .. 100 (certain). May set *model.
  virtual uint32_t identify(const pr_device& device, pr_str* model) = 0;
  virtual void declare(const Sink&) {}
  virtual void assess(const pr_assess_in& in, pr_assessment& out, const Sink& sink) = 0;
  virtual void prepare(const pr_assess_in& in, const Sink& sink) = 0;
  /// Leaves out.outcome as the protocol understood it unless the device's words say otherwise.
  virtual void interpret(const pr_device&, const pr_device_reply&, pr_interpretation&, const Sink&) {}
  virtual void counters(const pr_device&, const Sink&) {}
};

inline Vendor& vendor(pr_plugin* p) {
  return static_cast<Vendor&>(self(p));
}

constexpr pr_vendor vendor_table(const char* name, bool needs_time = false) {
  return {sizeof(pr_vendor),
          needs_time,
          name,
          [](pr_plugin* p, const pr_device* device, pr_str* model) noexcept -> uint32_t {
            return guarded(&self(p), 0u, [&] { return vendor(p).identify(*device, model); });
          },
          [](pr_plugin* p, const pr_vendor_sink* sink) noexcept {
            guarded(&self(p), 0, [&] { return vendor(p).declare(Sink(sink)), 0; });
          },
          [](pr_plugin* p, const pr_assess_in* in, pr_assessment* out,
             const pr_vendor_sink* sink) noexcept -> pr_status {
            return guarded(&self(p), pr_status{PR_ERROR},
                           [&] { return vendor(p).assess(*in, *out, Sink(sink)), pr_status{PR_OK}; });
          },
          [](pr_plugin* p, const pr_assess_in* in, const pr_vendor_sink* sink) noexcept -> pr_status {
            return guarded(&self(p), pr_status{PR_ERROR},
                           [&] { return vendor(p).prepare(*in, Sink(sink)), pr_status{PR_OK}; });
          },
          [](pr_plugin* p, const pr_device* device, const pr_device_reply* reply, pr_interpretation* out,
             const pr_vendor_sink* sink) noexcept -> pr_status {
            return guarded(&self(p), pr_status{PR_ERROR}, [&] {
              out->outcome = reply->outcome;
              return vendor(p).interpret(*device, *reply, *out, Sink(sink)), pr_status{PR_OK};
            });
          },
          [](pr_plugin* p, const pr_device* device, const pr_vendor_sink* sink) noexcept -> pr_status {
            return guarded(&self(p), pr_status{PR_ERROR},
                           [&] { return vendor(p).counters(*device, Sink(sink)), pr_status{PR_OK}; });
          }};
}

}  // namespace printrouter::sdk
