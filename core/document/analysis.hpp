// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is in a document, with the confidence of each word: said by the language plugins for each part of a
/// job, joined here to what the job as a whole puts out. Values and pure functions.
#include <cstdint>
#include <string>
#include <vector>

#include "document/job_split.hpp"
#include "model/attribute.hpp"
#include "model/confidence.hpp"
#include "model/job.hpp"

namespace printrouter {

using ledger::Confidence;

/// A value and how sure it is; unknown: the value means nothing.
template <class T>
struct Known {
  T value = {};
  Confidence confidence = Confidence::unknown;
  bool known() const { return confidence != Confidence::unknown; }
  bool operator==(const Known&) const = default;
};

struct Analysis {
  std::string language = {};       ///< MIME media type; of a job: of its first document; empty unknown
  Known<std::int64_t> pages = {};  ///< page sides of one copy that leave the device
  Known<std::int64_t> color_pages = {}, mono_pages = {};
  Known<std::int64_t> copies = {};     ///< of a part: as it sets them itself; of a job: what comes out
  Known<std::int64_t> number_up = {};  ///< pages a side, where said; `pages` are sides already
  Known<std::int64_t> sheets = {};     ///< of all copies; only of a job
  Known<std::int64_t> hold = {};       ///< 1: the job asks to be held
  Known<std::string> sides = {};       ///< IPP keyword
  Known<std::string> media = {};       ///< PWG names, blank-separated, each once
  Known<std::string> color_mode = {};  ///< print-color-mode
  Known<std::string> user = {}, title = {};
  Known<std::string> account = {};  ///< never shown, never logged
  std::string why = {};             ///< English; where pages are not exact, what stands in the way
  bool provisional = false;         ///< Ghostscript would know more of the pages, and was not asked yet
};

/// What is exact becomes an estimate.
void weaken(Analysis& analysis);

struct AnalysedPart {
  JobPart part = {};
  Analysis analysis = {};
};

/// The analyses of a job's parts as one. Pages add up; settings of PJL count until PJL resets them; the
/// ticket is the younger word, except over what a document's language sets itself: that is the last thing a
/// device hears (HP PJL TRM, "print environment"). Copies are never multiplied with each other. Where
/// documents of one job have different copies, pages are counted with them and copies is 1. Each joined value
/// is as sure as the weakest it rests on. `complete`: false where parts are missing.
Analysis join_parts(const std::vector<AnalysedPart>& parts, bool complete, const Attributes& ticket);

/// What of it is kept with the job.
AnalysedDocument analysed_document(const Analysis& job);

}  // namespace printrouter
