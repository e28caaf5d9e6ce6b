// SPDX-License-Identifier: Apache-2.0
#include "document/sniff.hpp"

#include <algorithm>
#include <array>

#include "document/pjl_header.hpp"

namespace printrouter {
namespace {
using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  Language language;
};
constexpr Magic magics[] = {
    {"%!"sv, Language::postscript},
    {"\x04%!"sv, Language::postscript},
    {") HP-PCL XL;"sv, Language::pclxl},
    {"( HP-PCL XL;"sv, Language::pclxl},
    {"' HP-PCL XL;"sv, Language::pclxl},
    {"RaS2PwgRaster"sv, Language::pwg_raster},
    {"UNIRAST\0"sv, Language::urf},
    {"\xff\xd8\xff"sv, Language::jpeg},
    {"\x89PNG\r\n\x1a\n"sv, Language::png},
    {"II*\0"sv, Language::tiff},
    {"MM\0*"sv, Language::tiff},
    {"!R!"sv, Language::prescribe},
    {"\x1b%0B"sv, Language::hpgl2},
    {"\x1b%1B"sv, Language::hpgl2},
    {"\x1b%-1B"sv, Language::hpgl2},
    {"\x1b"
     "E"sv,
     Language::pcl5},
    {"\x1b&"sv, Language::pcl5},
    {"\x1b*"sv, Language::pcl5},
    {"\x1b("sv, Language::pcl5},
    {"\x1b)"sv, Language::pcl5},
    {"\x1b@"sv, Language::escp},
    {"\0\0\0\x1b\x01@EJL"sv, Language::escp},
};

constexpr std::string_view methods[] = {"GET ",    "POST ",  "PUT ",     "HEAD ",  "OPTIONS ",
                                        "DELETE ", "TRACE ", "CONNECT ", "PATCH ", "PRI * HTTP/"};

bool is_tls(std::string_view head) {
  return head.size() >= 6 && head[0] == '\x16' && head[1] == '\x03' &&
         static_cast<unsigned char>(head[2]) <= 4 && head[5] == '\x01';
}

/// A ZIP archive that names a fixed document sequence (ECMA-388 section 9.1): XPS and OpenXPS alike.
bool is_xps(std::string_view head) {
  return head.starts_with("PK\x03\x04"sv) &&
         (head.find(".fdseq"sv) != std::string_view::npos || head.find(".fdoc"sv) != std::string_view::npos);
}

/// Printable characters, line ends, tabs, form feeds; bytes above 127 may be any 8-bit charset.
bool looks_like_text(std::string_view head) {
  const auto sample = head.substr(0, 4096);
  return std::ranges::all_of(sample, [](unsigned char c) {
    return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0x1a ||
           c == 0x08;
  });
}

Language body(std::string_view head) {
  // Some drivers put line ends, NULs or a UEL without PJL in front.
  constexpr auto uel = "\x1b%-12345X"sv;
  for (int i = 0; i < 16 && head.starts_with(uel); ++i) head.remove_prefix(uel.size());
  if (head.empty()) return Language::empty;
  if (head.substr(0, 1024 + 5).find("%PDF-") != std::string_view::npos) return Language::pdf;
  std::size_t skip = 0;
  while (skip < head.size() && skip < 64 && (head[skip] == '\0' || head[skip] == '\r' || head[skip] == '\n'))
    ++skip;
  for (const std::string_view start : {head, head.substr(skip)})
    for (const Magic& magic : magics)
      if (start.starts_with(magic.bytes)) return magic.language;
  if (is_xps(head)) return Language::xps;
  if (looks_like_http(head)) return is_tls(head) ? Language::tls : Language::http;
  return looks_like_text(head) ? Language::text : Language::unknown;
}

Language by_name(std::string_view pjl_language) {
  constexpr std::pair<std::string_view, Language> names[] = {{"POSTSCRIPT", Language::postscript},
                                                             {"KPDL", Language::postscript},
                                                             {"XPS", Language::xps},
                                                             {"ESCP", Language::escp},
                                                             {"EPSON", Language::escp},
                                                             {"PDF", Language::pdf},
                                                             {"PCLXL", Language::pclxl},
                                                             {"PCL", Language::pcl5},
                                                             {"PCL5", Language::pcl5},
                                                             {"HPGL2", Language::hpgl2},
                                                             {"URF", Language::urf},
                                                             {"PWGRASTER", Language::pwg_raster},
                                                             {"JPEG", Language::jpeg},
                                                             {"TIFF", Language::tiff},
                                                             {"PRESCRIBE", Language::prescribe}};
  for (const auto& [name, language] : names)
    if (name == pjl_language) return language;
  return Language::unknown;
}
}  // namespace

std::string_view to_string(Language language) {
  constexpr std::array names = {"unknown",    "empty", "pdf",  "postscript", "pcl5", "pclxl",
                                "pwg-raster", "urf",   "jpeg", "png",        "tiff", "hpgl2",
                                "prescribe",  "escp",  "xps",  "text",       "http", "tls"};
  return names[static_cast<std::size_t>(language)];
}

std::string_view mime_type(Language language) {
  switch (language) {
    case Language::pdf:
      return "application/pdf";
    case Language::postscript:
      return "application/postscript";
    case Language::pcl5:
      return "application/vnd.hp-PCL";
    case Language::pclxl:
      return "application/vnd.hp-PCLXL";
    case Language::pwg_raster:
      return "image/pwg-raster";
    case Language::urf:
      return "image/urf";
    case Language::jpeg:
      return "image/jpeg";
    case Language::png:
      return "image/png";
    case Language::tiff:
      return "image/tiff";
    case Language::hpgl2:
      return "application/vnd.hp-HPGL";
    case Language::prescribe:
      return "application/x-prescribe";
    case Language::escp:
      return "application/x-escp";
    case Language::xps:
      return "application/oxps";
    case Language::text:
      return "text/plain";
    case Language::unknown:
    case Language::empty:
    case Language::http:
    case Language::tls:
      break;
  }
  return {};
}

std::optional<Language> language_of_mime(std::string_view mime) {
  for (int i = 0; i <= static_cast<int>(Language::tls); ++i)
    if (const auto language = static_cast<Language>(i); !mime.empty() && mime_type(language) == mime)
      return language;
  return std::nullopt;
}

Sniffed sniff(std::string_view head) {
  Sniffed out;
  const PjlHeader pjl = parse_pjl_header(head);
  out.has_pjl = pjl.present;
  const std::string_view rest = head.substr(std::min<std::uint64_t>(pjl.length, head.size()));
  out.language = head.empty() ? Language::empty : body(rest);
  out.uncertain = out.language == Language::text;
  // What the header promises counts only where the bytes themselves say nothing sure.
  if (pjl.present &&
      (out.uncertain || out.language == Language::unknown || out.language == Language::empty)) {
    if (const Language named = by_name(pjl.language); named != Language::unknown) {
      out.language = named;
      out.uncertain = true;
    }
  }
  return out;
}

bool looks_like_http(std::string_view head) {
  return is_tls(head) ||
         std::ranges::any_of(methods, [&](std::string_view method) { return head.starts_with(method); });
}

}  // namespace printrouter
