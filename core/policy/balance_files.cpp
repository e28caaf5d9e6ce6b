// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/time_text.hpp"
#include "config/field_reader.hpp"
#include "policy/balance.hpp"

namespace printrouter {
namespace {
constexpr std::int64_t most_amount = 1'000'000'000'000;

/// Ten-thousandths in one unit of the file: decimals 2 -> 100.
std::int64_t scale_of(int decimals) {
  std::int64_t scale = Money::per_unit;
  for (int i = 0; i < decimals; ++i) scale /= 10;
  return scale;
}

void read_time(FieldReader& in, std::string_view name, Timestamp& out) {
  const JsonNode* node = in.take(name);
  if (!node) return;
  const auto time = node->kind == JsonNode::Kind::text ? parse_time(node->text) : std::nullopt;
  if (!time)
    return in.report(Severity::refusal, "config.value", node->line, name, "is no time", "ist keine Zeit",
                     "RFC 3339 in UTC, like \"2026-01-31T08:00:00Z\"",
                     "RFC 3339 in UTC, wie \"2026-01-31T08:00:00Z\"");
  out = *time;
}

void read_amount(FieldReader& in, std::string_view name, std::int64_t scale, Money& out,
                 bool negative = false) {
  std::int64_t value = 0;
  const bool given = in.node().member(name) != nullptr;
  in.number(name, value, negative ? -most_amount : 0, most_amount);
  if (given) out = Money{scale}.times(value);
}

void read_price_list(FieldReader& in, std::int64_t scale, PriceList& out, bool with_media) {
  read_amount(in, "mono", scale, out.mono);
  out.color = out.mono;
  read_amount(in, "color", scale, out.color);
  read_amount(in, "sheet", scale, out.sheet);
  if (with_media)
    in.entries("media", [&](const std::string& media, const JsonNode& node, const std::string& path) {
      FieldReader list(node, path, in.file(), in.findings());
      if (!list.is_object()) return;
      PriceList& of = out.media[media];
      of.sheet = out.sheet;
      read_price_list(list, scale, of, false);
      list.done();
    });
}

template <class R>
R unreadable(const std::string& path) {
  R result;
  result.findings.push_back(
      {Severity::refusal, "config.file", path, 0, {}, "cannot be read", "kann nicht gelesen werden", {}, {}});
  return result;
}
std::optional<std::string> read_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return std::nullopt;
  return text;
}
}  // namespace

BalanceResult parse_balances(std::string_view text, const std::string& name) {
  BalanceResult result;
  JsonNode root;
  if (!parse_json(text, name, root, result.findings)) return result;
  FieldReader in(root, {}, name, result.findings);
  if (!in.is_object()) return result;
  BalanceBook book;
  int decimals = 2;
  Timestamp as_of;
  in.text("currency", book.currency_);
  in.number("decimals", decimals, 0, 4);
  read_time(in, "as_of", as_of);
  in.entries("balances", [&](const std::string& user, const JsonNode& node, const std::string& path) {
    FieldReader entry(node, path, name, result.findings);
    if (!entry.is_object()) return;
    Balance balance;
    balance.as_of = as_of;
    const auto amount = [&](const char* field, std::optional<Money>& out, bool negative = false) {
      if (entry.node().member(field)) read_amount(entry, field, scale_of(decimals), out.emplace(), negative);
    };
    const auto pages = [&](const char* field, std::optional<std::int64_t>& out) {
      if (entry.node().member(field)) entry.number(field, out.emplace(0), 0, most_amount);
    };
    amount("credit", balance.credit, true);
    amount("quota_money", balance.quota_money);
    amount("allowance", balance.allowance);
    pages("quota_pages", balance.quota_pages);
    pages("allowance_pages", balance.allowance_pages);
    read_time(entry, "as_of", balance.as_of);
    entry.done();
    book.balances_[user] = balance;
  });
  in.done();
  if (!has_errors(result.findings)) result.book = std::move(book);
  return result;
}

PriceResult parse_prices(std::string_view text, const std::string& name) {
  PriceResult result;
  JsonNode root;
  if (!parse_json(text, name, root, result.findings)) return result;
  FieldReader in(root, {}, name, result.findings);
  if (!in.is_object()) return result;
  PriceBook book;
  int decimals = 2;
  in.text("currency", book.currency_);
  in.number("decimals", decimals, 0, 4);
  in.entries("lists", [&](const std::string& list, const JsonNode& node, const std::string& path) {
    FieldReader entry(node, path, name, result.findings);
    if (!entry.is_object()) return;
    read_price_list(entry, scale_of(decimals), book.lists_[list], true);
    entry.done();
  });
  in.entries("groups", [&](const std::string& group, const JsonNode& node, const std::string& path) {
    if (node.kind == JsonNode::Kind::text && book.lists_.contains(node.text))
      book.groups_[group] = node.text;
    else
      in.report(Severity::refusal, "config.value", node.line, path, "is no price list",
                "ist keine Preisliste", "the name of one of `lists`", "der Name einer von `lists`");
  });
  in.done();
  if (!has_errors(result.findings)) result.book = std::move(book);
  return result;
}

BalanceResult load_balances(const std::string& path) {
  const auto text = read_file(path);
  return text ? parse_balances(*text, path) : unreadable<BalanceResult>(path);
}

PriceResult load_prices(const std::string& path) {
  const auto text = read_file(path);
  return text ? parse_prices(*text, path) : unreadable<PriceResult>(path);
}

}  // namespace printrouter
