// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_list.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "model/attribute.hpp"
#include "model/confidence.hpp"
#include "model/device.hpp"
#include "model/outcome.hpp"
#include "model/reason.hpp"

namespace printrouter {

using JobId = std::int32_t;  ///< IPP job-id: 1..2^31-1

/// Where a job stands. Only router/ moves it on.
enum class JobState {
  incoming,    ///< created, its document has not arrived whole
  pending,     ///< safe on disk, to be routed
  sending,     ///< an attempt is under way
  confirming,  ///< accepted by the target; what it printed is still being asked
  held,        ///< waits, for the reason in `reasons`
  unknown,     ///< perhaps printed; waits for a person or a proof
  completed,
  canceled,
  aborted
};
std::string_view to_string(JobState state);
std::optional<JobState> job_state(std::string_view text);
/// IPP job-state (RFC 8011 section 5.3.7): 3 pending, 4 pending-held, 5 processing, 7 canceled, 8 aborted, 9
/// completed.
int ipp_job_state(JobState state);
bool is_final(JobState state);

/// How the owner is known (design: identity).
enum class UserEvidence { none, owner, asserted, mapped };
std::string_view to_string(UserEvidence value);

struct Owner {
  std::string user = {};  ///< empty: unowned, administrators only
  UserEvidence evidence = UserEvidence::none;
  std::int64_t uid = -1;           ///< of the peer that brought the job; -1 not known
  std::string asserted_user = {};  ///< as the job itself said, never trusted alone
  std::string peer = {};           ///< "127.0.0.1:40213"
};

enum class TargetKind { none, server, device };

/// Where an attempt goes.
struct Target {
  TargetKind kind = TargetKind::none;
  std::string id = {};    ///< device id, or the server's name
  std::string name = {};  ///< for people
  std::string address = {};
  Port port = {};
  bool holds_on_arrival = false;
  bool truncated_discards = false;
};

/// One delivery try of one job to one port.
struct Attempt {
  int number = 0;  ///< 1 for the first
  Target target = {};
  CountedBy counted_by = CountedBy::unknown;  ///< decided before sending
  bool may_count_twice = false;
  bool release_at_device = false;
  Timestamp started = {};
  Timestamp ended = {};
  std::optional<Outcome> outcome = {};
  bool server_copy_possible = false;  ///< an earlier `unknown` at a holding server: it may still have the job
};

/// What is known of the document without analysing it.
struct DocumentFacts {
  std::string format = {};  ///< MIME media type as sniffed, else as declared; empty unknown
  std::uint64_t size = 0;
  bool has_pjl = false;
  bool pjl_job_line = false;                         ///< the PJL header has an @PJL JOB line
  std::vector<std::string> in_document_ticket = {};  ///< attributes that the document itself already sets
  std::optional<std::int64_t> pages = {};
  std::optional<bool> color = {};
  std::string user = {}, title = {}, uuid = {};  ///< of the PJL header
  std::optional<int> copies = {};
  std::string sides = {}, media = {};
  bool hold = false;  ///< PJL HOLD, or a job password
};

/// What the document was found to hold (document/analysis.hpp), with this job's ticket. What is not known is
/// absent.
struct AnalysedDocument {
  std::optional<std::int64_t> pages = {};  ///< page sides of one copy
  std::optional<std::int64_t> color_pages = {};
  std::optional<std::int64_t> sheets = {};  ///< of all copies
  int copies = 1;
  std::string sides = {}, media = {};
  ledger::Confidence confidence = ledger::Confidence::unknown;        ///< of the pages
  ledger::Confidence color_confidence = ledger::Confidence::unknown;  ///< of the colour pages
  std::string why = {};                                               ///< English; what stands in the way
  bool provisional = false;  ///< a second, slower opinion on the pages is still to come
  bool operator==(const AnalysedDocument&) const = default;
};

/// The life of one print job as it stands in the journal.
struct Job {
  JobId id = 0;
  Uuid uuid = {};
  JobState state = JobState::incoming;
  SharedList<Reason> reasons = {};  ///< why it is where it is; the first is the main one
  Owner owner = {};
  std::string title = {};
  std::string intake = {};  ///< listener and queue it came by: "ipp:/ipp/print", "lpr:office"
  std::string queue = {};   ///< intake queue name
  std::string declared_format = {};
  Attributes ticket = {};  ///< copies, sides, media, ... as IPP job template attributes
  DocumentFacts document = {};
  std::optional<AnalysedDocument> analysis = {};  ///< absent: not looked at
  std::string document_file = {};                 ///< name inside the spool; empty once deleted
  bool private_job = false;
  Timestamp created = {}, updated = {}, completed = {};
  std::vector<Attempt> attempts = {};
  std::string claim = {};          ///< ledger key of the last claim
  std::string question = {};       ///< id of the open question about this job
  std::string chosen_device = {};  ///< a person's answer (release, question)
  bool prefer_device = false;      ///< an answer holds although the server may be back
};

}  // namespace printrouter
