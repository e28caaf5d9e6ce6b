// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

namespace printrouter {

/// What the first bytes look like.
enum class Language {
  unknown,
  empty,
  pdf,
  postscript,
  pcl5,
  pclxl,
  pwg_raster,
  urf,
  jpeg,
  png,
  tiff,
  hpgl2,
  prescribe,
  escp,
  xps,
  text,
  http,
  tls
};
std::string_view to_string(Language language);
/// MIME media type; empty for unknown, empty, http and tls. PJL in front does not change it.
std::string_view mime_type(Language language);
/// The other way round; nullopt for what is no language here, "application/octet-stream" among it.
std::optional<Language> language_of_mime(std::string_view mime);

struct Sniffed {
  Language language = Language::unknown;
  bool has_pjl = false;    ///< begins with a PJL header: at least one @PJL line
  bool uncertain = false;  ///< an estimate (text, or only what @PJL ENTER LANGUAGE says)
};

/// Looks at the first bytes of a document; 64 KiB are plenty, 1 KiB nearly always enough. Never reads further
/// than `head`, never fails. Sources: PDF 32000-1 7.5.2 (header within 1024 bytes), PWG 5102.4, PCL XL
/// feature reference
/// ("stream header"), HP PJL Technical Reference Manual.
Sniffed sniff(std::string_view head);

/// Data that a web page can send to a loopback port: begins with an HTTP method or a TLS ClientHello.
bool looks_like_http(std::string_view head);

}  // namespace printrouter
