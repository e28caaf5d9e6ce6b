// SPDX-License-Identifier: Apache-2.0
#include "print_job.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>

namespace simulator {

JobFile::JobFile(const std::string& path, bool hash) {
  if (!path.empty()) fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (hash) {
    hash_ = EVP_MD_CTX_new();
    EVP_DigestInit_ex(hash_, EVP_sha256(), nullptr);
  }
}

JobFile::~JobFile() {
  close();
  EVP_MD_CTX_free(hash_);
}

void JobFile::append(const char* data, size_t size) {
  size_ += size;
  if (hash_ != nullptr) EVP_DigestUpdate(hash_, data, size);
  while (fd_ >= 0 && size > 0) {
    long put = ::write(fd_, data, size);
    if (put <= 0) {
      std::perror("printrouter-device: output");
      std::_Exit(1);  // a sink that forgets bytes would make every tally wrong
    }
    data += put;
    size -= static_cast<size_t>(put);
  }
}

void JobFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::string JobFile::digest() const {
  if (hash_ == nullptr) return "";
  EVP_MD_CTX* copy = EVP_MD_CTX_new();
  EVP_MD_CTX_copy_ex(copy, hash_);
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(copy, bytes, &size);
  EVP_MD_CTX_free(copy);
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out += "0123456789abcdef"[bytes[i] >> 4];
    out += "0123456789abcdef"[bytes[i] & 15];
  }
  return out;
}

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string iso_time(int64_t ms) {
  time_t seconds = static_cast<time_t>(ms / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(ms % 1000));
  return text;
}

nlohmann::json to_json(const Ticket& ticket) {
  nlohmann::json out = nlohmann::json::object();
  if (ticket.copies) out["copies"] = *ticket.copies;
  if (!ticket.sides.empty()) out["sides"] = ticket.sides;
  if (!ticket.media.empty()) out["media"] = ticket.media;
  if (!ticket.color.empty()) out["color"] = ticket.color;
  return out;
}

nlohmann::json to_json(const Job& job) {
  nlohmann::json out = {{"id", job.id},
                        {"time", iso_time(job.received_ms)},
                        {"received_ms", job.received_ms},
                        {"port", job.port.name},
                        {"port_number", job.port.number},
                        {"port_class", job.port.port_class},
                        {"protocol", job.port.protocol},
                        {"queue", job.queue},
                        {"peer", job.peer},
                        {"user", job.user},
                        {"title", job.title},
                        {"uuid", job.uuid},
                        {"host", job.host},
                        {"format", job.format},
                        {"format_stated", job.format_stated},
                        {"account_code", job.account_code},
                        {"user_code", job.user_code},
                        {"bytes", job.bytes},
                        {"sha256", job.sha256},
                        {"files", job.files},
                        {"documents", job.documents},
                        {"complete", job.complete},
                        {"copies", job.copies},
                        {"sides", job.sides},
                        {"media", job.media},
                        {"color", job.color},
                        {"sheets", job.sheets},
                        {"impressions", job.impressions},
                        {"impressions_done", job.impressions_done},
                        {"pages_source", job.pages_source},
                        {"state", job.state},
                        {"outcome", job.outcome},
                        {"reason", job.reason},
                        {"counted_by", job.counted_by},
                        {"counted_on", job.counted_on},
                        {"received", job.received},
                        {"set_twice", job.set_twice},
                        {"notes", job.notes}};
  out["pages"] = job.pages ? nlohmann::json(*job.pages) : nlohmann::json(nullptr);
  out["finished"] =
      job.finished_ms == 0 ? nlohmann::json(nullptr) : nlohmann::json(iso_time(job.finished_ms));
  nlohmann::json tickets = nlohmann::json::object();
  for (const auto& [source, ticket] : job.tickets)
    if (!ticket.empty()) tickets[source] = to_json(ticket);
  out["ticket"] = tickets;
  return out;
}

void settle_ticket(Job& job) {
  // What stands nearer to the engine wins; IPP attributes rule over what is inside the document.
  Ticket merged;
  for (const char* source : {"truth", "raster", "pjl", "document", "ipp"}) {
    auto found = job.tickets.find(source);
    if (found == job.tickets.end()) continue;
    if (found->second.copies) merged.copies = found->second.copies;
    if (!found->second.sides.empty()) merged.sides = found->second.sides;
    if (!found->second.media.empty()) merged.media = found->second.media;
    if (!found->second.color.empty()) merged.color = found->second.color;
  }
  std::map<std::string, int> stated;
  int product = 1;
  for (const auto& [source, ticket] : job.tickets) {
    if (source == "truth") continue;
    stated["copies"] += ticket.copies ? 1 : 0;
    stated["sides"] += ticket.sides.empty() ? 0 : 1;
    stated["media"] += ticket.media.empty() ? 0 : 1;
    stated["color"] += ticket.color.empty() ? 0 : 1;
    if (source != "lpr") product *= ticket.copies.value_or(1);
  }
  job.set_twice.clear();
  for (const auto& [name, times] : stated)
    if (times > 1) job.set_twice.push_back(name);
  job.copies = (job.quarrels ? product : merged.copies.value_or(1)) * job.lpr_copies;
  job.sides = merged.sides.empty() || job.simplex_only ? "one-sided" : merged.sides;
  job.media = merged.media;
  job.color = merged.color;
  int pages = job.pages.value_or(0);
  job.impressions = pages * job.copies;
  job.sheets = job.copies * (job.sides == "one-sided" ? pages : (pages + 1) / 2);
}

}  // namespace simulator
