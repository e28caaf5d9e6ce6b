// SPDX-License-Identifier: Apache-2.0
#include "document/analysis_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace printrouter {
namespace {
using nlohmann::json;
constexpr std::size_t most_word = 1'024;
constexpr std::int64_t most_number = 1'000'000'000;

std::string text(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace);
}

/// Each member once, under its name, with the least it may be.
template <class A, class F>
void numbers(A& a, F f) {
  f("pages", a.pages, 0), f("color_pages", a.color_pages, 0), f("mono_pages", a.mono_pages, 0);
  f("copies", a.copies, 1), f("number_up", a.number_up, 1), f("sheets", a.sheets, 0), f("hold", a.hold, 0);
}
template <class A, class F>
void words(A& a, F f) {
  f("sides", a.sides), f("media", a.media), f("color_mode", a.color_mode), f("user", a.user);
  f("title", a.title), f("account", a.account);
}

template <class T>
void put(json& j, const char* name, const Known<T>& known) {
  if (known.known()) j[name] = {known.value, to_string(known.confidence)};
}

std::string cut(std::string value) {
  std::replace_if(
      value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      ' ');
  if (value.size() > most_word) {
    value.resize(most_word);  // not in the middle of a letter
    while (!value.empty() && (value.back() & 0xc0) == 0x80) value.pop_back();
    if (!value.empty() && (value.back() & 0x80)) value.pop_back();
  }
  return value;
}

std::optional<Confidence> sure(const json& pair) {
  if (!pair.is_array() || pair.size() != 2 || !pair[1].is_string()) return std::nullopt;
  return ledger::confidence(pair[1].get<std::string>());
}

Analysis analysis_of(const json& j) {
  Analysis a;
  numbers(a, [&](const char* name, Known<std::int64_t>& to, std::int64_t least) {
    const auto found = j.find(name);
    const auto confidence = found == j.end() ? std::nullopt : sure(*found);
    if (!confidence || !(*found)[0].is_number_integer()) return;
    const auto value = (*found)[0].get<std::int64_t>();
    if (value >= least && value <= most_number) to = {value, *confidence};
  });
  if (a.copies.value > 9'999) a.copies = {};
  words(a, [&](const char* name, Known<std::string>& to) {
    const auto found = j.find(name);
    const auto confidence = found == j.end() ? std::nullopt : sure(*found);
    if (confidence && (*found)[0].is_string()) to = {cut((*found)[0].get<std::string>()), *confidence};
  });
  // More colour pages than pages is no answer at all.
  if (a.pages.known() && (a.color_pages.value > a.pages.value || a.mono_pages.value > a.pages.value))
    a.color_pages = a.mono_pages = {};
  a.language = cut(j.value("language", ""));
  a.why = cut(j.value("why", ""));
  return a;
}
}  // namespace

std::string encode(const WorkerAnswer& answer) {
  json parts = json::array();
  for (const AnalysedPart& p : answer.parts) {
    json j{{"pjl", p.part.pjl},
           {"offset", p.part.offset},
           {"size", p.part.size},
           {"language", p.analysis.language}};
    if (p.part.resets) j["resets"] = true;
    if (p.part.uncertain) j["uncertain"] = true;
    if (!p.analysis.why.empty()) j["why"] = cut(p.analysis.why);
    numbers(p.analysis, [&](const char* name, const auto& known, std::int64_t) { put(j, name, known); });
    words(p.analysis, [&](const char* name, auto known) {
      known.value = cut(known.value);
      put(j, name, known);
    });
    parts.push_back(std::move(j));
  }
  json line{{"parts", std::move(parts)}, {"complete", answer.complete}};
  if (!answer.why.empty()) line["why"] = answer.why;
  return text(line);
}

Result<WorkerAnswer> decode_worker_answer(std::string_view line) try {
  const json j = json::parse(line);
  WorkerAnswer answer;
  answer.complete = j.at("complete").get<bool>();
  answer.why = cut(j.value("why", ""));
  if (j.at("parts").size() > most_parts) return fail(ErrorCode::corrupt, "the worker names too many parts");
  for (const json& p : j.at("parts")) {
    AnalysedPart part;
    part.part.pjl = p.at("pjl").get<bool>();
    part.part.resets = p.value("resets", false);
    part.part.uncertain = p.value("uncertain", false);
    part.part.offset = p.at("offset").get<std::uint64_t>();
    part.part.size = p.at("size").get<std::uint64_t>();
    part.analysis = analysis_of(p);
    if (const auto language = language_of_mime(part.analysis.language)) part.part.language = *language;
    answer.parts.push_back(std::move(part));
  }
  return answer;
} catch (const json::exception& e) {
  return fail(ErrorCode::corrupt, std::string("the worker's answer cannot be read: ") + e.what());
}

std::string analysis_json(const Analysis& analysis) {
  json j{{"language", analysis.language.empty() ? json() : json(analysis.language)}};
  json& confidence = j["confidence"] = json::object();
  const auto show = [&](const char* name, const auto& known) {
    j[name] = known.known() ? json(known.value) : json();
    confidence[name] = to_string(known.confidence);
  };
  numbers(analysis, [&](const char* name, const auto& known, std::int64_t) { show(name, known); });
  words(analysis, [&](const char* name, const auto& known) {
    if (std::string_view(name) != "account") show(name, known);
  });
  j["why"] = analysis.why.empty() ? json() : json(analysis.why);
  return text(j);
}

}  // namespace printrouter
