// SPDX-License-Identifier: Apache-2.0
// Jobs: what desktops deliver, and what administrators do with them.
#include <spdlog/spdlog.h>

#include "server/api_detail.hpp"

namespace printrouter::server {
using nlohmann::json;

namespace {

json view(const ServerJob& job) {
  json out{{"uuid", job.uuid}, {"state", job.state}, {"size", job.size}};
  const auto put = [&](const char* name, const std::string& text) {
    if (!text.empty()) out[name] = text;
  };
  put("user", job.user);
  put("title", job.title);
  put("device", job.device);
  put("outcome", job.outcome);
  put("reason", job.reason);
  return out;
}

json full_view(const ServerJob& job) {
  json out = view(job);
  out["desktop"] = job.desktop;
  out["attempt"] = job.attempt;
  out["created"] = job.created.to_string();
  out["changed"] = job.changed.to_string();
  return out;
}

std::optional<std::string> uuid_of(const Call& call) {
  if (const auto uuid = Uuid::parse(call.part())) return uuid->to_string();
  answer_error(call.x, {ErrorCode::invalid, "is no uuid", "uuid", {}, "a uuid"});
  return std::nullopt;
}

Result<ServerJob> job_of(const std::string& header) {
  const json said = json::parse(header, nullptr, false);
  if (!said.is_object())
    return fail({ErrorCode::invalid,
                 "is missing or no JSON object",
                 "Printrouter-Job",
                 {},
                 "{\"user\", \"user_evidence\", \"title\", \"format\", \"attempt\", \"ticket\"}"});
  if (const Status known =
          known_members(said, {"user", "user_evidence", "title", "format", "attempt", "ticket", "device"});
      !known)
    return fail(known.error());
  ServerJob job;
  const auto take = [&](const char* name, std::string& into, std::size_t longest) -> Status {
    auto text = text_member(said, name, false, longest);
    if (!text) return fail(text.error());
    into = std::move(*text);
    return {};
  };
  Status good = take("user", job.user, 255);
  if (good) good = take("user_evidence", job.evidence, 32);
  if (good) good = take("title", job.title, 1024);
  if (good) good = take("format", job.format, 255);
  if (good) good = take("device", job.device, 255);
  if (!good) return fail(good.error());
  if (const auto attempt = said.find("attempt"); attempt != said.end()) {
    if (!attempt->is_number_integer() || attempt->get<std::int64_t>() < 1)
      return fail({ErrorCode::invalid, "is no attempt number", "attempt", {}, "a whole number from 1"});
    job.attempt = attempt->get<std::int64_t>();
  }
  if (const auto ticket = said.find("ticket"); ticket != said.end()) {
    if (!ticket->is_object())
      return fail({ErrorCode::invalid, "is no object", "ticket", {}, "IPP names and values"});
    job.ticket = dump(*ticket);
  }
  return job;
}

void put_job(ServerCore& core, const Call& call) {
  const auto uuid = uuid_of(call);
  if (!uuid) return;
  auto job = job_of(call.x->header("Printrouter-Job"));
  if (!job) return answer_error(call.x, job.error());
  job->uuid = *uuid;
  job->desktop = call.desktop->id;
  if (!job->device.empty() && !core.catalog.find(Kind::printer, job->device))
    return answer_error(call.x,
                        {ErrorCode::invalid,
                         "names \"" + job->device + "\", which is no printer here",
                         "device",
                         {},
                         "the id of a printer, or no device: the job is then held"},
                        422);
  if (job->user.empty())
    return answer_error(call.x,
                        {ErrorCode::invalid,
                         "is missing: nobody could release or pay for the job",
                         "user",
                         {},
                         "the user's name at the server"},
                        422);
  if (core.refuses_user(job->user))
    return answer_error(call.x,
                        {ErrorCode::invalid,
                         "names \"" + job->user + "\", who is no user here",
                         "user",
                         {},
                         "the id of a user"},
                        422);
  core.jobs.take(
      call.x, {std::move(*job), call.x->content_length}, [&core] { return core.now(); },
      [&core, x = call.x](const Result<JobDesk::Taken>& taken) {
        if (!taken) return answer_error(x, taken.error());
        core.metrics.add("printrouter_server_jobs_total",
                         taken->fresh ? "result=\"taken\"" : "result=\"repeated\"");
        answer(x, taken->fresh ? 201 : 200, view(taken->job));
        if (taken->new_local_user) core.snapshots.users_changed({taken->job.user}, core.now());
      });
}

void get_desktop_job(ServerCore& core, const Call& call) {
  const auto uuid = uuid_of(call);
  if (!uuid) return;
  in_store<std::optional<ServerJob>>(
      core, call.x, [uuid = *uuid](Database& db) { return find_job(db, uuid); },
      [x = call.x, desktop = call.desktop->id](const std::optional<ServerJob>& job) {
        // Of another desktop's jobs this one learns nothing.
        if (!job || job->desktop != desktop)
          return answer_error(x, {ErrorCode::not_found, "there is no such job"});
        answer(x, 200, view(*job));
      });
}

void void_job(ServerCore& core, const Call& call) {
  const auto uuid = uuid_of(call);
  if (!uuid) return;
  core.jobs.take_back(*uuid, call.desktop->id, core.now(), [x = call.x](const Result<ServerJob>& job) {
    if (!job) return answer_error(x, job.error());
    spdlog::info("job {} voided", job->uuid);
    answer(x, 200, view(*job));
  });
}

void list(ServerCore& core, const Call& call) {
  in_store<std::vector<ServerJob>>(
      core, call.x,
      [state = call.query("state"), user = call.query("user"), limit = limit_of(call)](Database& db) {
        return list_jobs(db, state, user, limit);
      },
      [x = call.x](const std::vector<ServerJob>& jobs) {
        json items = json::array();
        for (const ServerJob& job : jobs) items.push_back(full_view(job));
        answer(x, 200, {{"items", items}});
      });
}

void get_job(ServerCore& core, const Call& call) {
  const auto uuid = uuid_of(call);
  if (!uuid) return;
  in_store<std::optional<ServerJob>>(
      core, call.x, [uuid = *uuid](Database& db) { return find_job(db, uuid); },
      [x = call.x](const std::optional<ServerJob>& job) {
        if (!job) return answer_error(x, {ErrorCode::not_found, "there is no such job"});
        answer(x, 200, full_view(*job));
      });
}

void release_job(ServerCore& core, const Call& call) {
  const auto uuid = uuid_of(call);
  if (!uuid) return;
  const auto body = object_of(call.x);
  if (!body) return;
  const auto device = text_member(*body, "device", true, 255);
  if (!device) return answer_error(call.x, device.error());
  if (!core.catalog.find(Kind::printer, *device))
    return answer_error(call.x,
                        {ErrorCode::invalid, "is no printer here", "device", {}, "the id of a printer"});
  core.jobs.release(*uuid, *device, call.actor(), core.now(), [x = call.x](const Result<ServerJob>& job) {
    job ? answer(x, 200, full_view(*job)) : answer_error(x, job.error());
  });
}

void cancel_job(ServerCore& core, const Call& call) {
  const auto uuid = uuid_of(call);
  if (!uuid) return;
  core.jobs.cancel(*uuid, call.actor(), core.now(), [x = call.x](const Result<ServerJob>& job) {
    job ? answer(x, 200, full_view(*job)) : answer_error(x, job.error());
  });
}

void settle_job(ServerCore& core, const Call& call) {
  const auto uuid = uuid_of(call);
  if (!uuid) return;
  const auto body = object_of(call.x);
  if (!body) return;
  const auto result = text_member(*body, "result", true);
  if (!result || (*result != "printed" && *result != "not-printed"))
    return answer_error(
        call.x, {ErrorCode::invalid, "is missing or unknown", "result", {}, "printed or not-printed"});
  const Timestamp now = core.now();
  core.jobs.settle(
      *uuid, *result == "printed", call.actor(), core.rules(), now,
      [&core, x = call.x, now](const Result<ServerJob>& job, const std::set<std::string>& users) {
        if (!users.empty()) core.snapshots.users_changed(users, now);
        job ? answer(x, 200, full_view(*job)) : answer_error(x, job.error());
      });
}
}  // namespace

void add_job_routes(Routes& routes) {
  add_route(routes, "PUT", "/api/v1/desktop/jobs/{uuid}", Access::desktop, put_job, true);
  add_route(routes, "GET", "/api/v1/desktop/jobs/{uuid}", Access::desktop, get_desktop_job);
  add_route(routes, "DELETE", "/api/v1/desktop/jobs/{uuid}", Access::desktop, void_job);
  add_route(routes, "GET", "/api/v1/jobs", Access::auditor, list);
  add_route(routes, "GET", "/api/v1/jobs/{uuid}", Access::auditor, get_job);
  add_route(routes, "POST", "/api/v1/jobs/{uuid}/release", Access::operator_, release_job);
  add_route(routes, "POST", "/api/v1/jobs/{uuid}/settle", Access::operator_, settle_job);
  add_route(routes, "POST", "/api/v1/jobs/{uuid}/cancel", Access::operator_, cancel_job);
}

}  // namespace printrouter::server
