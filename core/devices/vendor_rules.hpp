// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What makers' rules say about a device, a port and a job. Pure: facts in, answer out. Main thread.
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/decision.hpp"
#include "model/device.hpp"
#include "model/outcome.hpp"
#include "model/preparation.hpp"
#include "model/profile.hpp"
#include "model/reason.hpp"

namespace printrouter {

class PluginRegistry;
class PluginWatch;

/// What of a job a rule may know. References: valid during the call.
struct VendorJob {
  std::string_view user, title, uuid, format;
  const Attributes& ticket;    ///< as asked for, with what the document says where the job is silent
  const Attributes& identity;  ///< a maker's account or user codes, by the names the vendor declared
  std::vector<std::string> document_sets = {};  ///< of these, what the document itself already sets alike
  bool has_pjl = false;
  bool pjl_job_line = false;  ///< its PJL header has an @PJL JOB line
  bool private_job = false;
};

struct VendorContext {
  Integration integration = Integration::none;
  bool ticket_exact = true;
  std::string_view sender_address = {};  ///< empty: unknown
  Timestamp now = {};
};

struct Interpretation {
  OutcomeKind outcome = OutcomeKind::unknown;
  Reasons reasons = {};
};

struct CounterSource {
  /// "printed-total"; "snmp" and a numeric OID, or "snmp-label" and "LABELS VALUES LABEL" (snmp::Reader)
  std::string name, method, where;
};

struct IdentityField {
  std::string vendor, name, description;
};

class VendorRules {
 public:
  virtual ~VendorRules() = default;
  /// The maker whose rules judge this device: the surest identify(), "generic" if nobody knows it.
  virtual std::string vendor_of(const Device& device) const = 0;
  /// port.port_class unstated is passed on as plain. `preference`, `ticket` and `reasons` are as the rule
  /// said; a rule that fails is a refusal with the reason "vendor.rule-failed".
  virtual PortChoice assess(const Device& device, const Port& port, const VendorJob& job,
                            const VendorContext& context) const = 0;
  virtual Result<Preparation> prepare(const Device& device, const Port& port, const VendorJob& job,
                                      const VendorContext& context) const = 0;
  /// What a device's reply means. Never softens `unknown` to `not_sent`.
  virtual Interpretation interpret(const Device& device, std::string_view protocol,
                                   const Outcome& outcome) const = 0;
  virtual std::vector<CounterSource> counters(const Device& device) const = 0;
  /// What the rules of all makers want to know of a user.
  virtual std::vector<IdentityField> identity_fields() const = 0;
};

/// The rules of the loaded vendor plugins. `plugins` (and `watch`, which may be nullptr) must outlive it.
/// Who judges a device is remembered by maker, model and facts that identify it; make a new one after a
/// reload.
std::unique_ptr<VendorRules> plugin_vendor_rules(const PluginRegistry& plugins, PluginWatch* watch);

/// The same over tables in memory, for tests and tools: table and instance, in order of their ids.
struct VendorTable {
  std::string name;
  const void* table = nullptr;     ///< const pr_vendor*
  void* instance = nullptr;        ///< pr_plugin*
  const void* identity = nullptr;  ///< const PluginIdentity*, for the watch; may be nullptr
};
std::unique_ptr<VendorRules> table_vendor_rules(std::vector<VendorTable> tables,
                                                PluginWatch* watch = nullptr);

}  // namespace printrouter
