// SPDX-License-Identifier: Apache-2.0
#include "lpr_job_intake.hpp"

#include <algorithm>

namespace printrouter::lpr {
namespace {

constexpr uint32_t read_size = 4096;
constexpr uint32_t idle_ms = 300'000;  // a client may still be making its next file
constexpr uint32_t empty_file_wait_ms = 1000;
constexpr std::string_view zero_octet("\0", 1);
// RFC 1179 knows zero and not zero. BSD's clients try again after 1 and give up after 2.
constexpr char try_again = 1, give_up = 2;

char octet_for(uint32_t refused) {
  return refused == PR_REFUSED_BUSY || refused == PR_REFUSED_NOT_ACCEPTING || refused == PR_REFUSED_INTERNAL
             ? try_again
             : give_up;
}

}  // namespace

JobIntake::JobIntake(const Peer& peer, std::string queue) : peer_(peer), queue_(std::move(queue)) {}

void JobIntake::begin(sdk::Action& action) {
  attributes_.clear();
  if (!queue_.empty()) attributes_.push_back(sdk::attr_text("queue", queue_, PR_ATTR_TEXT));
  action.request(PR_OP_VALIDATE, attributes_);
}

void JobIntake::step(const sdk::Event& event, sdk::Action& action) {
  switch (event.kind) {
    case PR_EVENT_REPLY:
      if (state_ == State::validating) return acknowledge(action, State::subcommand);
      if (state_ == State::creating) {
        files_.back().job = sdk::Attributes(event.attributes).integer("job-id", 0);
        files_.back().described = control_.has_value();
        return add(action);
      }
      if (state_ == State::undoing) return undo(action);
      if (state_ == State::adding)
        return acknowledge(action, count_ == 0 ? State::data_probe : State::data_body);
      break;
    case PR_EVENT_COMMITTED:
      ++committed_;
      if (uncommitted()) return commit(action);
      forget_job();
      committed_any_ = true;
      return acknowledge(action, until_close_ ? State::leaving : State::subcommand);
    case PR_EVENT_REFUSED:
      if (state_ == State::undoing) return undo(action);
      if (state_ == State::creating) files_.pop_back();
      if (state_ == State::committing && committed_ > 0) {
        refusal_ = octet_for(event.error);
        why_ = sdk::view(event.text);
        return undo(action);
      }
      return refuse(action, octet_for(event.error), std::string(sdk::view(event.text)));
    case PR_EVENT_WRITTEN:
      if (state_ == State::acknowledging) return after_acknowledge(action);
      action.done(uncommitted() ? PR_DONE_KEEP_INCOMPLETE : 0);
      return;
    case PR_EVENT_BYTES:
      return read_on(event, action);
    case PR_EVENT_EOF:
      if (state_ == State::data_body) break;  // a counted file that was cut
      return read_on(event, action);
    case PR_EVENT_TIMER:
      if (state_ == State::data_probe)
        return receive(action, 0);  // only its zero octet has come: an empty file
      break;
    case PR_EVENT_PAYLOAD_RECEIVED:
      if (until_close_) return file_complete(action);
      state_ = State::data_end;
      action.read(1).within(idle_ms);
      return;
    default:
      break;
  }
  left(event, action);
}

void JobIntake::read_on(const sdk::Event& event, sdk::Action& action) {
  switch (state_) {
    case State::subcommand:
      return subcommand(event, action);
    case State::control_body:
      return control_body(event, action);
    case State::data_probe:
      return data_probe(event, action);
    case State::data_end:
      return data_end(event, action);
    default:
      return left(event, action);
  }
}

void JobIntake::subcommand(const sdk::Event& event, sdk::Action& action) {
  const std::string_view bytes = sdk::view(event.bytes);
  if (bytes.empty()) return left(event, action);
  size_t used = 0;
  const auto command = parse_command(bytes, &used);
  if (!command) {
    if (event.kind == PR_EVENT_BYTES && bytes.size() < max_command_line) {
      action.read(read_size).within(idle_ms);
      return;
    }
    refuse(action, give_up, "a subcommand line without end");
    action.used(bytes.size());
    return;
  }
  switch (command->code) {
    case 1:
      peer_.log(PR_LOG_INFO, "the client withdrew its job");
      forget_job();  // the host discards what is neither committed nor to be kept
      state_ = State::leaving;
      octet_ = zero_octet;
      action.write(octet_);
      break;
    case 2:
      control_file(*command, action);
      break;
    case 3:
      data_file(*command, action);
      break;
    default:
      refuse(action, give_up, "unknown subcommand " + std::to_string(command->code));
  }
  action.used(used);
}

void JobIntake::control_file(const Command& command, sdk::Action& action) {
  const auto count = parse_count(command.operand(0));
  if (!count || *count == 0 || command.operand(1).empty())
    return refuse(action, give_up, "a control file needs a count and a name");
  if (control_text_.size() + *count > max_control_file)
    return refuse(action, give_up, "a control file of more than 65536 bytes");
  wanted_ = static_cast<size_t>(*count) + 1;
  acknowledge(action, State::control_body);
}

void JobIntake::control_body(const sdk::Event& event, sdk::Action& action) {
  const std::string_view bytes = sdk::view(event.bytes);
  if (bytes.empty()) return left(event, action);
  const std::string_view part = bytes.substr(0, wanted_);
  wanted_ -= part.size();
  control_text_ += part;
  if (wanted_ > 0) {
    action.read(read_size).within(idle_ms);
  } else if (control_text_.back() != '\0') {
    refuse(action, give_up, "the control file does not end with a zero octet");
  } else {
    control_text_.pop_back();
    control_complete(action);
  }
  action.used(part.size());
}

void JobIntake::control_complete(sdk::Action& action) {
  // A second control file before the data of the first adds to it: OS/2 sends one for each of its files.
  if (!control_text_.empty() && control_text_.back() != '\n') control_text_ += '\n';
  control_ = parse_control_file(control_text_);
  if (!control_->error.empty()) return refuse(action, give_up, "control file: " + control_->error);
  for (const File& file : files_)
    if (!control_->find(file.name))
      return refuse(action, give_up, "the control file does not print data file " + file.name);
  file_complete(action);
}

void JobIntake::data_file(const Command& command, sdk::Action& action) {
  const auto count = parse_count(command.operand(0));
  const std::string name = command.operand(1);
  if (!count || name.empty()) return refuse(action, give_up, "a data file needs a count and a name");
  if (std::any_of(files_.begin(), files_.end(), [&name](const File& file) { return file.name == name; }))
    return refuse(action, give_up, "data file " + name + " comes twice");
  if (files_.size() == max_data_files) return refuse(action, give_up, "more than 100 data files");
  if (control_ && !control_->find(name))
    return refuse(action, give_up, "the control file does not print data file " + name);
  count_ = *count;
  until_close_ = means_until_close(count_);
  files_.push_back({name, 0, false, false});
  create(action);
}

void JobIntake::create(sdk::Action& action) {
  state_ = State::creating;
  job_attributes(files_.back().name);
  if (!queue_.empty()) attributes_.insert(attributes_.begin(), sdk::attr_text("queue", queue_, PR_ATTR_TEXT));
  if (count_ > 0 && !until_close_)
    attributes_.push_back(sdk::attr_integer("data-file-size", static_cast<int64_t>(count_)));
  if (files_.size() > 1) attributes_.push_back(sdk::attr_integer("beside-current-job", 1, PR_ATTR_BOOLEAN));
  action.request(PR_OP_CREATE_JOB, attributes_);
}

void JobIntake::add(sdk::Action& action) {
  state_ = State::adding;
  attributes_.clear();
  const std::string& file = files_.back().name;
  const PrintedFile* printed = control_ ? control_->find(file) : nullptr;
  const std::string& name = printed && !printed->source_name.empty() ? printed->source_name : file;
  attributes_.push_back(sdk::attr_text("document-name", name, PR_ATTR_TEXT));
  action.request(PR_OP_ADD_DOCUMENT, attributes_);
}

/// Count 0 says "not known" (RFC 1179 section 6.3), and clients say it of an empty file too. The empty file
/// has its zero octet at once, and then its client waits for our answer or sends its next subcommand.
void JobIntake::data_probe(const sdk::Event& event, sdk::Action& action) {
  const std::string_view bytes = sdk::view(event.bytes);
  if (bytes.empty()) return left(event, action);
  if (bytes.front() == '\0') {
    const bool next_command = bytes.size() > 1 && bytes[1] >= 1 && bytes[1] <= 3;
    if (next_command || event.kind == PR_EVENT_EOF) return receive(action, 0);
    if (bytes.size() == 1) {
      action.wait(empty_file_wait_ms).reading(read_size);
      return;
    }
  }
  until_close_ = true;
  receive(action, PR_LENGTH_TO_END);
}

void JobIntake::receive(sdk::Action& action, uint64_t count) {
  state_ = State::data_body;
  action.receive_payload(count).within(idle_ms);
}

void JobIntake::data_end(const sdk::Event& event, sdk::Action& action) {
  const std::string_view bytes = sdk::view(event.bytes);
  if (bytes.empty()) {
    // CUPS' mode=stream sends the whole count, leaves the zero octet out and closes in order. It takes the
    // job for delivered, so it must not be lost.
    files_.back().complete = true;
    if (event.kind == PR_EVENT_EOF && control_ && all_files_here()) return file_complete(action);
    files_.back().complete = false;
    return left(event, action);
  }
  if (bytes.front() != '\0')
    refuse(action, give_up,
           "data file " + files_.back().name + " does not end with a zero octet after its count");
  else
    file_complete(action);
  action.used(1);
}

/// A data file or the control file is here whole.
void JobIntake::file_complete(sdk::Action& action) {
  if (!files_.empty()) files_.back().complete = true;
  if (control_ && all_files_here()) return commit(action);
  if (until_close_) return refuse(action, give_up, "the connection ended before the control file");
  acknowledge(action, State::subcommand);
}

bool JobIntake::all_files_here() const {
  return std::all_of(control_->files.begin(), control_->files.end(), [this](const PrintedFile& printed) {
    return std::any_of(files_.begin(), files_.end(),
                       [&printed](const File& file) { return file.complete && file.name == printed.file; });
  });
}

void JobIntake::commit(sdk::Action& action) {
  state_ = State::committing;
  const File& file = files_[committed_];
  attributes_.clear();
  if (!file.described) job_attributes(file.name);
  if (files_.size() > 1) attributes_.push_back(sdk::attr_integer("job-id", file.job));
  action.request(PR_OP_COMMIT, attributes_);
}

/// One job of several was refused: the client will hear "no" and send all of them again.
void JobIntake::undo(sdk::Action& action) {
  state_ = State::undoing;
  if (committed_ == 0) return refuse(action, refusal_, why_);
  attributes_.clear();
  attributes_.push_back(sdk::attr_integer("job-id", files_[--committed_].job));
  if (!control_->user.empty())
    attributes_.push_back(sdk::attr_text("requesting-user-name", control_->user, PR_ATTR_TEXT));
  action.request(PR_OP_CANCEL_JOB, attributes_);
}

void JobIntake::job_attributes(const std::string& file) {
  attributes_.clear();
  if (!control_) return;
  name_ = control_->name();
  const PrintedFile* printed = control_->find(file);
  if (control_->files.size() > 1 && printed && !printed->source_name.empty() && printed->source_name != name_)
    name_ += ": " + printed->source_name;
  const auto add_text = [this](std::string_view name, const std::string& text) {
    if (!text.empty()) attributes_.push_back(sdk::attr_text(name, text, PR_ATTR_TEXT));
  };
  add_text("requesting-user-name", control_->user);
  add_text("job-name", name_);
  if (control_->copies() > 1) attributes_.push_back(sdk::attr_integer("copies", control_->copies()));
  if (control_->banner) attributes_.push_back(sdk::attr_text("job-sheets", "standard"));
}

void JobIntake::acknowledge(sdk::Action& action, State after) {
  state_ = State::acknowledging;
  after_ = after;
  octet_ = zero_octet;
  action.write(octet_);
}

void JobIntake::after_acknowledge(sdk::Action& action) {
  state_ = after_;
  if (state_ == State::leaving) {
    action.done();
  } else if (state_ == State::data_body) {
    receive(action, until_close_ ? PR_LENGTH_TO_END : count_);
  } else {
    action.read(read_size).within(idle_ms);
  }
}

void JobIntake::refuse(sdk::Action& action, char octet, const std::string& why) {
  peer_.log(PR_LOG_WARNING, "job refused: " + why);
  state_ = State::leaving;
  octet_.assign(1, octet);
  action.write(octet_);
}

void JobIntake::left(const sdk::Event& event, sdk::Action& action) {
  const bool in_order =
      event.kind == PR_EVENT_EOF && state_ == State::subcommand && files_.empty() && control_text_.empty();
  if (in_order || state_ == State::leaving) {
    if (!committed_any_ && in_order) peer_.log(PR_LOG_DEBUG, "a connection without a job");
    action.done(uncommitted() ? PR_DONE_KEEP_INCOMPLETE : 0);
    return;
  }
  const std::string words(sdk::view(event.text));
  if (state_ == State::acknowledging && files_.empty()) {
    // The job before this octet, if any, is safe; the client may send it again, and we cannot know.
    peer_.log(PR_LOG_WARNING, "the client left before its answer: " + words);
    action.done(PR_DONE_ABORT);
    return;
  }
  peer_.log(PR_LOG_WARNING,
            "job is incomplete: " + (words.empty() ? std::string("the connection ended") : words));
  action.done(PR_DONE_ABORT | (uncommitted() ? PR_DONE_KEEP_INCOMPLETE : 0));
}

void JobIntake::forget_job() {
  committed_ = 0;
  control_text_.clear();
  control_.reset();
  files_.clear();
}

}  // namespace printrouter::lpr
