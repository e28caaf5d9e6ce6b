// SPDX-License-Identifier: Apache-2.0
#include "document/facts.hpp"

#include <algorithm>
#include <cstring>

#include "document/pjl_header.hpp"
#include "document/sniff.hpp"
#include "model/media_name.hpp"

namespace printrouter {
namespace {
constexpr std::size_t head_bytes = 64 * 1024;

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

bool sets(const DocumentFacts& facts, std::string_view attribute) {
  return std::ranges::find(facts.in_document_ticket, attribute) != facts.in_document_ticket.end();
}
void says(DocumentFacts& facts, std::string attribute) {
  if (!sets(facts, attribute)) facts.in_document_ticket.push_back(std::move(attribute));
}

/// The first page header of a PWG raster stream (PWG 5102.4 section 4.3); offsets count from its start.
void read_pwg(std::string_view body, DocumentFacts& facts) {
  constexpr std::size_t sync = 4, header = 1796;
  if (body.size() < sync + header) return;
  const std::string_view page = body.substr(sync);
  const bool duplex = big_endian(page, 272) != 0, tumble = big_endian(page, 368) != 0;
  facts.sides = !duplex ? "one-sided" : tumble ? "two-sided-short-edge" : "two-sided-long-edge";
  says(facts, "sides");
  const std::string_view name = page.substr(1732, 64);
  const std::string_view text = name.substr(0, std::min(name.find('\0'), name.size()));
  if (media_size(text)) facts.media = std::string(text);
  if (const std::uint32_t pages = big_endian(page, 452); pages > 0 && pages < 10'000'000) facts.pages = pages;
  if (const std::uint32_t copies = big_endian(page, 340); copies > 1 && copies <= 9'999) {
    facts.copies = static_cast<int>(copies);
    says(facts, "copies");
  }
  // Grey samples can only come out grey; colour samples may still be grey pictures.
  if (const std::uint32_t space = big_endian(page, 400); space == 0 || space == 3 || space == 18)
    facts.color = false;
}

/// "UNIRAST", page count (0 where the writer did not know), then the first page's header.
void read_urf(std::string_view body, DocumentFacts& facts) {
  if (body.size() < 12 + 4) return;
  if (const std::uint32_t pages = big_endian(body, 8); pages > 0 && pages < 10'000'000) facts.pages = pages;
  if (body[13] == 0) facts.color = false;
  const char duplex = body[14];
  facts.sides = duplex == 2 ? "two-sided-short-edge" : duplex == 3 ? "two-sided-long-edge" : "one-sided";
  says(facts, "sides");
}

void read_pjl(const PjlHeader& pjl, DocumentFacts& facts) {
  facts.has_pjl = pjl.present;
  facts.pjl_job_line = pjl.job_line;
  facts.user = pjl.user;
  facts.title = pjl.job_name;
  facts.uuid = pjl.uuid;
  for (const std::string& attribute : pjl.sets()) says(facts, attribute);
  facts.copies = pjl.copies;
  facts.sides = pjl.sides();
  facts.media = pwg_media_name(pjl.paper);
  if (pjl.color_mode == "GRAYSCALE" || pjl.color_mode == "BW" || pjl.color_mode == "MONOCHROME")
    facts.color = false;
  if (pjl.color_mode == "COLOR" || pjl.color_mode == "COLOUR") facts.color = true;
  facts.hold = pjl.holds();
}

std::string canonical_declared(std::string_view declared) {
  std::string out(declared.substr(0, declared.find(';')));
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (out == "application/octet-stream") return {};
  if (out == "application/vnd.hp-pcl") return "application/vnd.hp-PCL";
  if (out == "application/vnd.hp-pclxl") return "application/vnd.hp-PCLXL";
  return out;
}

std::string color_word(const DocumentFacts& facts) {
  if (!facts.color) return {};
  return *facts.color ? "color" : "monochrome";
}
}  // namespace

Result<std::size_t> MemoryDocument::read_at(std::uint64_t offset, char* out, std::size_t capacity) const {
  if (offset >= bytes_.size()) return std::size_t{0};
  const std::string_view part = bytes_.substr(static_cast<std::size_t>(offset), capacity);
  std::memcpy(out, part.data(), part.size());
  return part.size();
}

DocumentFacts document_facts(std::string_view head, std::uint64_t size, std::string_view declared_format,
                             const Attributes& attributes) {
  DocumentFacts facts;
  facts.size = size;
  head = head.substr(0, head_bytes);
  const PjlHeader pjl = parse_pjl_header(head);
  if (pjl.present) read_pjl(pjl, facts);
  const Sniffed sniffed = sniff(head);
  const std::string declared = canonical_declared(declared_format);
  facts.format = mime_type(sniffed.language);
  if (!declared.empty() && (facts.format.empty() || sniffed.uncertain)) facts.format = declared;
  const std::string_view body = head.substr(std::min<std::uint64_t>(pjl.length, head.size()));
  switch (sniffed.language) {
    case Language::pwg_raster:
      read_pwg(body, facts);
      [[fallthrough]];
    case Language::pdf:
    case Language::postscript:
      says(facts, "media");
      break;  // the page size stands in each page
    case Language::urf:
      read_urf(body, facts);
      says(facts, "media");
      break;
    default:
      break;
  }
  // What the client claims is the word of the one who made the document.
  if (const auto pages = integer_of(attributes, "job-impressions"); pages && *pages > 0 && !facts.pages)
    facts.pages = *pages;
  if (find(attributes, "job-password")) facts.hold = true;
  if (const auto uuid = text_of(attributes, "job-uuid"); !uuid.empty() && facts.uuid.empty())
    facts.uuid = uuid;
  return facts;
}

Result<DocumentFacts> document_facts(const DocumentReader& document, std::string_view declared_format,
                                     const Attributes& attributes) {
  std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(document.size(), head_bytes)), '\0');
  std::size_t filled = 0;
  while (filled < head.size()) {
    auto got = document.read_at(filled, head.data() + filled, head.size() - filled);
    if (!got) return fail(std::move(got).error());
    if (*got == 0) break;
    filled += std::min(*got, head.size() - filled);
  }
  head.resize(filled);
  return document_facts(head, document.size(), declared_format, attributes);
}

Attributes effective_ticket(const Attributes& ticket, const DocumentFacts& facts) {
  Attributes out = ticket;
  const auto add = [&](const char* name, Attribute value) {
    if (!find(ticket, name)) out.push_back(std::move(value));
  };
  if (facts.copies && sets(facts, "copies")) add("copies", Attribute::number("copies", *facts.copies));
  if (!facts.sides.empty() && sets(facts, "sides")) add("sides", Attribute::word("sides", facts.sides));
  if (!facts.media.empty() && sets(facts, "media")) add("media", Attribute::word("media", facts.media));
  if (const std::string color = color_word(facts); !color.empty() && sets(facts, "print-color-mode"))
    add("print-color-mode", Attribute::word("print-color-mode", color));
  return out;
}

std::vector<std::string> document_sets(const Attributes& ticket, const DocumentFacts& facts) {
  std::vector<std::string> out;
  for (const std::string& name : facts.in_document_ticket) {
    const Attribute* asked = find(ticket, name);
    bool alike = true;
    if (asked && name == "copies") alike = facts.copies && asked->integer == *facts.copies;
    if (asked && name == "sides") alike = asked->text == facts.sides;
    // A document whose page size was not read counts as made for the paper that its job names.
    if (asked && name == "media") alike = facts.media.empty() || asked->text == facts.media;
    if (asked && name == "print-color-mode") alike = asked->text == color_word(facts);
    if (alike) out.push_back(name);
  }
  return out;
}

}  // namespace printrouter
