// SPDX-License-Identifier: Apache-2.0
#include "ipp_message.hpp"

#include <chrono>

namespace printrouter::ipp {

bool Value::operator==(const Value& o) const {
  return tag == o.tag && integer == o.integer && upper == o.upper && units == o.units && text == o.text &&
         language == o.language && members == o.members;
}

const Attribute* Group::find(std::string_view name) const {
  for (const Attribute& a : attributes)
    if (a.name == name) return &a;
  return nullptr;
}

const Value* Group::value(std::string_view name) const {
  const Attribute* a = find(name);
  return a && !a->values.empty() ? &a->values.front() : nullptr;
}

std::string_view Group::text(std::string_view name) const {
  const Value* v = value(name);
  return v && is_string(v->tag) ? std::string_view(v->text) : std::string_view();
}

void Group::add(std::string_view name, Tag syntax, std::initializer_list<std::string_view> texts) {
  std::vector<Value> values;
  for (std::string_view t : texts) values.push_back(Value::of_text(syntax, t));
  add(name, std::move(values));
}

const Group* Message::group(Tag tag) const {
  for (const Group& g : groups)
    if (g.tag == tag) return &g;
  return nullptr;
}

const Group& Message::operation() const {
  static const Group empty;
  const Group* g = group(Tag::operation_group);
  return g ? *g : empty;
}

std::string date_time(int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds point{std::chrono::seconds(seconds)};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const hh_mm_ss time{point - day};
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  std::string out;
  for (unsigned octet :
       {year >> 8, year & 0xffu, unsigned(date.month()), unsigned(date.day()), unsigned(time.hours().count()),
        unsigned(time.minutes().count()), unsigned(time.seconds().count()), 0u, unsigned('+'), 0u, 0u})
    out.push_back(static_cast<char>(octet));
  return out;
}

int64_t unix_seconds(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != 11) return -1;
  const auto at = [&](size_t i) { return static_cast<unsigned>(static_cast<uint8_t>(text[i])); };
  const year_month_day date{year{static_cast<int>(at(0) << 8 | at(1))}, month{at(2)}, day{at(3)}};
  if (!date.ok() || at(4) > 23 || at(5) > 59 || at(6) > 60 || at(9) > 14 || at(10) > 59) return -1;
  const auto offset = hours(at(9)) + minutes(at(10));
  const auto local = sys_days{date} + hours(at(4)) + minutes(at(5)) + std::chrono::seconds(at(6));
  if (text[8] != '+' && text[8] != '-') return -1;
  return (text[8] == '+' ? local - offset : local + offset).time_since_epoch().count();
}

}  // namespace printrouter::ipp
