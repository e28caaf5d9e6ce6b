// SPDX-License-Identifier: Apache-2.0
#include "server/record_pull.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/book_store.hpp"

namespace printrouter::server {
namespace {
// RFC 8011 section 5.3.7.
constexpr std::int64_t pending = 3, pending_held = 4, canceled = 7, aborted = 8, completed = 9;
constexpr std::size_t most_a_round = 500, most_at_once = 16;

/// The way in by which the device can be asked; nullptr: its model keeps no such history, or it has no IPP
/// port.
const Port* history_port(const Device& device) {
  // A device has one source of records: where its records come in by another way, its settings say so.
  std::string_view from = text_of(device.settings, "device-records");
  if (from.empty()) from = text_of(device.facts, "device-records");
  if (from != "ipp-job-history") return nullptr;
  const auto port = std::ranges::find(device.ports, "ipp", &Port::protocol);
  return port == device.ports.end() ? nullptr : &*port;
}
}  // namespace

std::optional<accounting::DeviceRecord> record_of(const Outcome& answer, const std::string& device,
                                                  const Uuid& job) {
  if (answer.kind != OutcomeKind::delivered || answer.remote_job_id.empty()) return std::nullopt;
  const auto state = integer_of(answer.attributes, "job-state");
  const auto impressions = integer_of(answer.attributes, "job-impressions-completed");
  using State = accounting::DeviceRecord::State;
  accounting::DeviceRecord record;
  if (state == completed)
    record.state = State::printed;
  else if (state == canceled || state == aborted)
    record.state = impressions == 0 ? State::deleted : State::cancelled;
  else if (state == pending || state == pending_held)
    record.state = State::held;
  else
    return std::nullopt;  // at work on it
  record.device = device;
  record.record = "ipp:" + answer.remote_job_id;
  record.job_uuid = job;
  record.user = text_of(answer.attributes, "job-originating-user-name");
  record.title = text_of(answer.attributes, "job-name");
  if (record.state == State::printed || record.state == State::cancelled) {
    // Many devices leave 0 in a completed job that they did not count.
    if (impressions && (*impressions > 0 || record.state == State::cancelled))
      record.pages.total = *impressions;
    if (const auto sheets = integer_of(answer.attributes, "job-media-sheets-completed");
        sheets && *sheets > 0)
      record.pages.sheets = *sheets;
  }
  return record;
}

RecordPull::RecordPull(const DeliveryParts& parts, Milliseconds interval)
    : parts_(parts), interval_(interval), timer_(parts.io) {}

RecordPull::~RecordPull() = default;

void RecordPull::look() {
  parts_.store.ask<std::vector<accounting::Booking>>(
      [after = asked_up_to_](Database& db) -> Result<std::vector<accounting::Booking>> {
        const auto rows = db.query(
            "SELECT body FROM bookings WHERE due > $1 AND status = 'awaiting-record' ORDER "
            "BY due "
            "LIMIT $2",
            {std::max<std::int64_t>(after.ms, 0), static_cast<std::int64_t>(most_a_round)});
        if (!rows) return fail(rows.error());
        std::vector<accounting::Booking> out;
        for (const Row& row : *rows) {
          auto booking = accounting::decode_booking(row.text(0));
          if (!booking) return fail(booking.error());
          out.push_back(std::move(*booking));
        }
        return out;
      },
      [this, here = std::weak_ptr(life_)](Result<std::vector<accounting::Booking>> found) {
        if (here.expired()) return;
        if (!found) spdlog::error("device records: {}", found.error().message());
        if (found) waiting_ = std::move(*found);
        asked_up_to_ = waiting_.size() == most_a_round ? waiting_.back().due : Timestamp{};
        ask_some();
      });
}

void RecordPull::ask_some() {
  const auto directory = parts_.catalog.directory_now();
  for (auto it = waiting_.begin(); it != waiting_.end() && runs_.size() < most_at_once;) {
    if (runs_.contains(it->device)) {
      ++it;
      continue;
    }
    const accounting::Booking booking = std::move(*it);
    it = waiting_.erase(it);
    const Device* device = directory->find(booking.device);
    const Port* port = device ? history_port(*device) : nullptr;
    if (port) ask(booking, *device, *port);
  }
  if (waiting_.empty() && runs_.empty()) timer_.start(interval_, [this] { look(); });
}

void RecordPull::ask(const accounting::Booking& booking, const Device& device, const Port& port) {
  Job job;
  job.uuid = booking.job_uuid;
  job.owner.user = booking.claim ? booking.claim->user : std::string();
  DeliveryInput in =
      device_input(parts_.link, DeliveryOperation::query, job,
                   {TargetKind::device, device.id, device.name, device.address, port}, &device);
  if (!in.protocol) return;
  const auto run = runs_[device.id] = std::make_shared<DeliveryRun>(parts_.io);
  run->start(std::move(in), [this, device = device.id, job = job.uuid](const DeliveryReport& report) {
    auto record = record_of(report.outcome, device, job);
    const auto at = runs_.find(device);
    parts_.io.post([run = std::move(at->second)] {});  // ends after its own call
    runs_.erase(at);
    if (record) told(std::move(*record));
    parts_.io.post([this, here = std::weak_ptr(life_)] {
      if (!here.expired()) ask_some();
    });
  });
}

void RecordPull::told(accounting::DeviceRecord record) {
  parts_.store.ask<Booked>(
      [record, rules = parts_.rules(), now = parts_.now()](Database& db) {
        return book(db, rules, {accounting::Event(record)}, now);
      },
      [this, here = std::weak_ptr(life_), record](const Result<Booked>& booked) {
        if (here.expired()) return;
        if (!booked)
          spdlog::error("device record {} of {}: {}", record.record, record.device, booked.error().message());
        else if (!booked->users.empty())
          parts_.users_changed(booked->users);
      });
}

}  // namespace printrouter::server
