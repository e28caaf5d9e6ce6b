// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "unit/accounting/ground_truth.hpp"

namespace printrouter::accounting {
namespace {
using test::account;
using test::make_world;
using test::World;

int roll(int n) {
  return n <= 1 ? 0 : *rc::gen::resize(1000, rc::gen::inRange(0, n));
}

std::map<std::string, std::int64_t> booked_by_device(const std::vector<Booking>& rows) {
  std::map<std::string, std::int64_t> out;
  for (const Booking& row : rows) out[row.device] += charge(row).pages;
  return out;
}

const Booking& find(const std::vector<Booking>& rows, const std::string& key) {
  const auto it = std::ranges::find(rows, key, &Booking::key);
  RC_ASSERT(it != rows.end());
  return *it;
}

void show(const World& world, const std::vector<Booking>& rows) {
  for (const World::Job& job : world.truth)
    RC_LOG() << job.key << " " << job.user << " " << job.device << " printed " << job.printed << "\n";
  for (const Booking& row : rows) RC_LOG() << encode(row) << "\n";
}

/// (1) What is booked is what the devices put out, device by device.
void sums_agree(const World& world, const std::vector<Booking>& rows) {
  show(world, rows);
  auto booked = booked_by_device(rows);
  for (const auto& [device, pages] : world.printed_by_device()) RC_ASSERT(booked[device] == pages);
}

/// (2) Every print of ours has its booking, once; no record is part of two.
void all_booked(const World& world, const std::vector<Booking>& rows) {
  std::map<std::string, int> parts;
  for (const Booking& row : rows)
    if (row.kind == Kind::job && !row.partner.empty()) ++parts[row.partner];
  for (const auto& [record, times] : parts) {
    RC_ASSERT(times == 1);
    RC_ASSERT(find(rows, record).status == Status::merged);
  }
  for (const World::Job& job : world.truth)
    if (!job.key.empty()) RC_ASSERT(!find(rows, job.key).due.set());
}

/// (3), (5) Each job is charged what came out of it: not more, and what was cancelled not at all.
void each_is_right(const World& world, const std::vector<Booking>& rows) {
  for (const World::Job& job : world.truth) {
    if (job.key.empty()) continue;
    const Booking& row = find(rows, job.key);
    RC_ASSERT(charge(row).pages == job.printed);
    RC_ASSERT(is_booked(row.status) == (job.printed > 0));
    if (!job.released) RC_ASSERT(row.status == Status::not_released);
    if (job.printed > 0) RC_ASSERT(row.user == job.user);
    if (row.claim->pages.sum()) RC_ASSERT(charge(row).amount == Money{300}.times(job.printed));
  }
}

/// What came of it does not tell in which order things arrived.
void same_result(const std::vector<Booking>& a, const std::vector<Booking>& b) {
  RC_ASSERT(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    RC_ASSERT(a[i].key == b[i].key);
    RC_ASSERT(std::string(to_string(a[i].status)) == std::string(to_string(b[i].status)));
    RC_ASSERT(a[i].partner == b[i].partner);
    RC_ASSERT(a[i].user == b[i].user);
    RC_ASSERT(charge(a[i]).pages == charge(b[i]).pages);
    RC_ASSERT(a[i].price.amount == b[i].price.amount);
    RC_ASSERT(a[i].evidence == b[i].evidence);
  }
}

RC_GTEST_PROP(Invariants, with_uuids_every_job_is_booked_for_what_came_out_of_it, ()) {
  const World world = make_world(roll, {.uuids = true, .losses = true});
  const auto rows = account(world, {}, roll);
  sums_agree(world, rows);
  all_booked(world, rows);
  each_is_right(world, rows);
}

RC_GTEST_PROP(Invariants, without_uuids_the_sums_are_those_of_the_devices, ()) {
  const World world = make_world(roll, {.uuids = false, .losses = false});
  const auto rows = account(world, {}, roll);
  sums_agree(world, rows);
  all_booked(world, rows);
}

RC_GTEST_PROP(Invariants, without_uuids_and_with_losses_jobs_that_stand_apart_are_right_each, ()) {
  const World world = make_world(roll, {.uuids = false, .losses = true});
  const auto rows = account(world, {}, roll);
  sums_agree(world, rows);
  all_booked(world, rows);
  each_is_right(world, rows);
}

RC_GTEST_PROP(Invariants, the_order_of_arrival_does_not_show, ()) {
  const World world = make_world(roll, {.uuids = roll(2) == 0, .losses = roll(2) == 0});
  same_result(account(world, {}, roll), account(world, {}, roll));
}

}  // namespace
}  // namespace printrouter::accounting
