// SPDX-License-Identifier: Apache-2.0
// Accounting: device records, counters and corrections come in; bookings and reports go out.
#include <spdlog/spdlog.h>

#include <limits>

#include "base/time_text.hpp"
#include "server/api_detail.hpp"
#include "server/book_store.hpp"
#include "server/csv.hpp"

namespace printrouter::server {
using nlohmann::json;

namespace {

/// {"<name>": [facts]}, each read by `decode`; the answer says which were refused and why.
void take_facts(ServerCore& core, const Call& call, const char* name,
                const std::function<Result<accounting::Event>(const std::string&)>& decode, bool audited) {
  const auto body = object_of(call.x);
  if (!body) return;
  const auto list = body->find(name);
  if (list == body->end() || !list->is_array() || list->size() > 1000)
    return answer_error(
        call.x,
        {ErrorCode::invalid, "is no list of at most 1000", name, {}, "a list of at most 1000 objects"});
  std::vector<accounting::Event> events;
  std::vector<std::size_t> places;
  json refused = json::array();
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto event = decode(dump((*list)[i]));
    if (!event) {
      refused.push_back({{"at", i}, {"text", event.error().message()}});
      continue;
    }
    events.push_back(std::move(*event));
    places.push_back(i);
  }
  const Timestamp now = core.now();
  in_store<Booked>(
      core, call.x,
      [events = std::move(events), now, rules = core.rules(), actor = call.actor(), audited,
       name](Database& db) -> Result<Booked> {
        auto booked = book(db, rules, events, now);
        if (!booked || !audited) return booked;
        for (const accounting::Change& change : booked->changes)
          if (const Status noted =
                  note_audit(db, actor, std::string("accounting ") + name, change.after.key, {}, now);
              !noted)
            return fail(noted.error());
        return booked;
      },
      [&core, x = call.x, refused, places, now](const Booked& booked) mutable {
        for (const RefusedFact& r : booked.refused)
          refused.push_back({{"at", places.at(r.at)}, {"text", r.error.message()}});
        if (!booked.users.empty()) core.snapshots.users_changed(booked.users, now);
        answer(x, 200, {{"changed", booked.changes.size()}, {"refused", refused}});
      });
}

template <class Fact>
Result<accounting::Event> event_of(Result<Fact> fact) {
  if (!fact) return fail(fact.error());
  return accounting::Event(std::move(*fact));
}

void take_records(ServerCore& core, const Call& call) {
  take_facts(
      core, call, "records",
      [](const std::string& text) { return event_of(accounting::decode_device_record(text)); }, false);
}

void take_windows(ServerCore& core, const Call& call) {
  take_facts(
      core, call, "windows",
      [](const std::string& text) { return event_of(accounting::decode_counter_window(text)); }, false);
}

void take_corrections(ServerCore& core, const Call& call) {
  take_facts(
      core, call, "corrections",
      [by = call.actor(), now = core.now()](const std::string& text) -> Result<accounting::Event> {
        auto correction = accounting::decode_correction(text);
        if (!correction) return fail(correction.error());
        correction->by = by;  // who is known, not who is said
        correction->when = now;
        return accounting::Event(std::move(*correction));
      },
      true);
}

/// "from" and "to" of a list or report; all of time where they are absent.
Result<std::pair<std::int64_t, std::int64_t>> span_of(const Call& call) {
  std::pair<std::int64_t, std::int64_t> out{0, std::numeric_limits<std::int64_t>::max()};
  for (const auto& [name, into] : {std::pair("from", &out.first), std::pair("to", &out.second)}) {
    const std::string text = call.query(name);
    if (text.empty()) continue;
    const auto when = parse_time(text);
    if (!when)
      return fail({ErrorCode::invalid, "is no time", name, {}, "2026-01-31T08:15:30Z or 2026-01-31"});
    *into = when->ms;
  }
  return out;
}

void list_bookings(ServerCore& core, const Call& call) {
  const auto span = span_of(call);
  if (!span) return answer_error(call.x, span.error());
  in_store<Rows>(
      core, call.x,
      [span = *span, user = call.query("user"), device = call.query("device"), status = call.query("status"),
       key = call.query("key"), listed = call.query("listed") == "true",
       limit = limit_of(call)](Database& db) {
        return db.query(
            "SELECT body FROM bookings WHERE printed >= $1 AND printed <= $2 AND ($3 = '' OR username = $3) "
            "AND ($4 = '' OR "
            "device = $4) AND ($5 = '' OR status = $5) AND listed >= $6 AND ($7 = '' OR key = $7) ORDER BY "
            "received DESC LIMIT $8",
            {span.first, span.second, user, device, status, std::int64_t{listed ? 1 : 0}, key, limit});
      },
      [x = call.x](const Rows& rows) {
        json items = json::array();
        for (const Row& row : rows) items.push_back(json::parse(row.text(0), nullptr, false));
        answer(x, 200, {{"items", items}});
      });
}

/// Sums of what is booked, a line a user or a device (and a currency).
void report(ServerCore& core, const Call& call, const char* by) {
  const auto span = span_of(call);
  if (!span) return answer_error(call.x, span.error());
  const bool csv = call.query("format") == "csv";
  in_store<Rows>(
      core, call.x,
      [span = *span, by = std::string(by)](Database& db) {
        return db.query(
            "SELECT " + by +
                ", currency, COUNT(*), CAST(COALESCE(SUM(pages), 0) AS BIGINT), CAST(COALESCE(SUM(mono), 0) "
                "AS "
                "BIGINT), CAST(COALESCE(SUM(color), 0) AS BIGINT), CAST(COALESCE(SUM(sheets), 0) AS BIGINT), "
                "CAST(SUM(price) AS BIGINT), CAST(SUM(listed) AS BIGINT) FROM bookings WHERE booked = 1 AND "
                "printed "
                ">= $1 AND printed <= $2 GROUP BY " +
                by + ", currency ORDER BY " + by + ", currency",
            {span.first, span.second});
      },
      [x = call.x, csv, name = std::string(by) == "username" ? "user" : "device"](const Rows& rows) {
        if (!csv) {
          json items = json::array();
          for (const Row& r : rows)
            items.push_back({{name, r.text(0)},
                             {"currency", r.text(1)},
                             {"jobs", r.integer(2)},
                             {"pages", r.integer(3)},
                             {"pages_mono", r.integer(4)},
                             {"pages_color", r.integer(5)},
                             {"sheets", r.integer(6)},
                             {"price", Money{r.integer(7)}.decimal()},
                             {"to_look_at", r.integer(8)}});
          return answer(x, 200, {{"items", items}});
        }
        std::string text =
            std::string(name) + ",currency,jobs,pages,pages_mono,pages_color,sheets,price,to_look_at\r\n";
        for (const Row& r : rows) {
          text += csv_cell(r.text(0)) + "," + r.text(1);
          for (std::size_t c = 2; c < 7; ++c) text += "," + std::to_string(r.integer(c));
          text += "," + Money{r.integer(7)}.decimal() + "," + std::to_string(r.integer(8)) + "\r\n";
        }
        net::HttpReply reply;
        reply.content_type = "text/csv; charset=utf-8";
        reply.body = std::move(text);
        x->reply(std::move(reply));
      });
}
}  // namespace

void add_accounting_routes(Routes& routes) {
  add_route(routes, "POST", "/api/v1/device-records", Access::operator_, take_records);
  add_route(routes, "POST", "/api/v1/counter-windows", Access::operator_, take_windows);
  add_route(routes, "POST", "/api/v1/corrections", Access::operator_, take_corrections);
  add_route(routes, "GET", "/api/v1/bookings", Access::auditor, list_bookings);
  add_route(routes, "GET", "/api/v1/reports/users", Access::auditor,
            [](ServerCore& core, const Call& call) { report(core, call, "username"); });
  add_route(routes, "GET", "/api/v1/reports/devices", Access::auditor,
            [](ServerCore& core, const Call& call) { report(core, call, "device"); });
}

}  // namespace printrouter::server
