// SPDX-License-Identifier: Apache-2.0
// A device's counters before and after a job. Our own jobs go one after the other there, and none begins
// before the counters of the last one are read: what they rose by is this job, and others who printed
// meanwhile.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "net/name_lookup.hpp"
#include "router/router_core.hpp"

namespace printrouter {
namespace {
// hrPrinterStatus of the first printer (RFC 2790): 3 idle, 4 printing, 5 warming up, 1 other (as: no paper).
constexpr const char* printer_status = "1.3.6.1.2.1.25.3.5.1.1.1";
constexpr std::int64_t idle = 3;
constexpr std::chrono::seconds between_readings{1};
// How long a device must rest until what came out is believed to be all: longer while nothing has, for it may
// be waking up or still drawing the first page.
constexpr std::chrono::seconds long_enough{10}, may_begin_late{30};
constexpr std::chrono::minutes longest_wait{2};

std::string setting(const Device& device, const char* name) {
  return std::string(text_of(device.settings, std::string("snmp.") + name));
}

/// The words were judged when the configuration was read.
template <class Enum>
Enum named(const std::string& name, std::initializer_list<std::pair<std::string_view, Enum>> names,
           Enum other) {
  for (const auto& [text, value] : names)
    if (text == name) return value;
  return other;
}

/// Absent: this device's administrator has not said that its counters may be read.
std::optional<snmp::Target> target_of(const Device& device, net::IoContext& io) {
  if (setting(device, "version").empty()) return std::nullopt;
  snmp::Target t;
  t.host = net::NameLookup::of(io).last_known(device.address);
  t.port = static_cast<std::uint16_t>(integer_of(device.settings, "snmp.port").value_or(161));
  t.version = named<snmp::Version>(
      setting(device, "version"), {{"v1", snmp::Version::v1}, {"v3", snmp::Version::v3}}, snmp::Version::v2c);
  if (const std::string community = setting(device, "community"); !community.empty()) t.community = community;
  t.user = setting(device, "user");
  t.authentication = named<snmp::Authentication>(setting(device, "authentication"),
                                                 {{"md5", snmp::Authentication::md5},
                                                  {"sha", snmp::Authentication::sha},
                                                  {"sha256", snmp::Authentication::sha256}},
                                                 snmp::Authentication::none);
  t.privacy =
      named<snmp::Privacy>(setting(device, "privacy"),
                           {{"des", snmp::Privacy::des}, {"aes", snmp::Privacy::aes}}, snmp::Privacy::none);
  t.authentication_key_file = setting(device, "authentication-key-file");
  t.privacy_key_file = setting(device, "privacy-key-file");
  return t;
}
}  // namespace

/// What the model file calls them; without, the Printer-MIB's count of all marks.
std::vector<std::string> RouterCore::counter_names(const Device& device) const {
  std::string total = snmp::printer_life_count, mono, color;
  bool prints_alone = false;
  for (const CounterSource& source : setup.vendors->counters(device)) {
    if (source.method != "snmp" && source.method != "snmp-label") continue;
    if (source.name == "printed-total") total = source.where, prints_alone = true;
    if (source.name == "impressions-total" && !prints_alone) total = source.where;
    if (source.name == "printed-mono") mono = source.where;
    if (source.name == "printed-color") color = source.where;
  }
  std::vector<std::string> names{printer_status, total};
  if (!mono.empty() && !color.empty()) names.insert(names.end(), {mono, color});
  return names;
}

bool RouterCore::count_before(LiveJob& live) {
  if (live.counted_before) return false;
  live.counted_before = true;
  const Device* device = setup.directory->find(live.job.attempts.back().target.id);
  const auto target = device ? target_of(*device, *services.io) : std::nullopt;
  if (!target) return false;
  if (!counters) counters = std::make_unique<snmp::Reader>(services.io->poster());
  counters->read(*target, counter_names(*device),
                 [this, id = live.job.id, name = device->id](const Result<snmp::Values>& values) {
                   LiveJob* job = find(id);
                   if (!job) return;
                   // A device whose counters are silent prints all the same; it only gives no evidence.
                   if (values)
                     job->counters = *values;
                   else
                     spdlog::warn("device {}: counters: {}", name, values.error().message());
                   deliver(id);
                 });
  return true;
}

void RouterCore::expect_pages(Counting& counting, const Job& job) {
  if (const JobVolume volume = job_volume(job); volume.pages)
    counting.expected = *volume.pages * volume.copies;
}

bool RouterCore::count_after(LiveJob& live) {
  const auto before = std::exchange(live.counters, {});
  live.counted_before = false;
  const Attempt& attempt = live.job.attempts.back();
  if (before.size() < 2 || !before[1] || !attempt.outcome) return false;
  const OutcomeKind kind = attempt.outcome->kind;
  if (kind != OutcomeKind::delivered && kind != OutcomeKind::unknown && kind != OutcomeKind::cancelled)
    return false;
  if (attempt.release_at_device) return false;  // it prints when its user comes, among others
  auto counting = std::make_shared<Counting>();
  counting->job = live.job;
  counting->attempt = attempt.number;
  counting->before = before;
  counting->last = before;
  counting->rests_since = now();
  counting->until = now() + longest_wait;
  const bool provisional = live.job.analysis && live.job.analysis->provisional;
  if (!provisional) expect_pages(*counting, live.job);
  countings[live.job.id] = counting;
  live.in_slot = false;  // the place at the device stays taken until its counters have spoken
  counting->timer = std::make_unique<net::Timer>(*services.io);
  read_after(counting);
  return true;
}

void RouterCore::read_after(const std::shared_ptr<Counting>& counting) {
  const std::string& id = counting->job.attempts.back().target.id;
  const Device* device = setup.directory->find(id);
  const auto target = device ? target_of(*device, *services.io) : std::nullopt;
  if (!target) return counted(*counting, {});
  counters->read(*target, counter_names(*device), [this, counting](const Result<snmp::Values>& values) {
    const bool usable = values && values->size() >= 2 && (*values)[1];
    const std::int64_t rose = usable ? *(*values)[1] - *counting->before[1] : 0;
    const bool rests = usable && *values == counting->last && (*values)[0] == idle;
    if (!rests) counting->rests_since = now();
    const bool still = rests && now() - counting->rests_since >= (rose == 0 ? may_begin_late : long_enough);
    const bool ready = !usable || !(*values)[0] || (*values)[0] == idle;
    // A device that rests between two readings will print no more of this job. One that does not tell its
    // state, or has no paper, is believed only when all of the job has come.
    const bool complete = usable && ready && counting->expected && rose >= *counting->expected;
    if (complete || still) return counted(*counting, *values);
    if (now() >= counting->until) return counted(*counting, {});
    if (usable) counting->last = *values;
    counting->timer->start(between_readings, [this, counting] { read_after(counting); });
  });
}

void RouterCore::counted(const Counting& counting, const snmp::Values& after) {
  countings.erase(counting.job.id);
  const std::string device = counting.job.attempts.back().target.id;
  if (slots_taken[device] > 0) --slots_taken[device];
  services.io->post([this, here = alive(), device] {
    if (!here.expired()) take_slots(device);
  });
  if (after.size() != counting.before.size() || after.size() < 2 || !after[1]) return;
  const auto rose = [&](std::size_t i) -> std::optional<std::int64_t> {
    if (i >= after.size() || !after[i] || !counting.before[i] || *after[i] < *counting.before[i])
      return std::nullopt;  // reset, or wrapped round: it says nothing
    return *after[i] - *counting.before[i];
  };
  const auto total = rose(1), mono = rose(2), color = rose(3);
  if (!total) return;
  ledger::Amendment amendment;
  amendment.job_uuid = counting.job.uuid;
  amendment.attempt = counting.attempt;
  amendment.when = now();
  amendment.evidence = ledger::Evidence::counter;
  amendment.confidence = ledger::Confidence::exact;
  amendment.reason = "counter.difference";
  if (mono && color && *mono + *color == *total)
    amendment.pages.mono = mono, amendment.pages.color = color;
  else
    amendment.pages.total = total;
  journal::Transaction transaction;
  if (LiveJob* live = find(counting.job.id)) {
    amend(transaction, ledger::Kind::evidence, std::move(amendment), live->job);
    return commit(*live, std::move(transaction));
  }
  Job job = counting.job;
  amend(transaction, ledger::Kind::evidence, std::move(amendment), job);
  services.journal->commit(std::move(transaction), [device](const Result<journal::Receipt>& done) {
    if (!done)
      spdlog::error("device {}: its counters' evidence is not written: {}", device, done.error().message());
  });
}

}  // namespace printrouter
