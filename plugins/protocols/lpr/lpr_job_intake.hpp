// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Command 02: receive a printer job (RFC 1179 section 6), data files before or after the control file, one
/// job after another on one connection. No zero octet promises more than is true: the last one of a job,
/// whichever file it is for, leaves only after the job is committed.
#include "lpr_command.hpp"
#include "lpr_control_file.hpp"
#include "lpr_receiver.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace printrouter::lpr {

class JobIntake : public Conversation {
 public:
  JobIntake(const Peer& peer, std::string queue);
  void begin(sdk::Action& action) override;
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  enum class State {
    validating,    // is there such a queue, and does it take jobs?
    subcommand,    // between files
    control_body,  // the control file and its zero octet
    creating,      // the job at the host
    adding,        // a data file of it
    data_probe,    // count 0: is it an empty file, or one whose length is not known?
    data_body,     // the host writes the data file
    data_end,      // its zero octet
    committing,
    undoing,        // jobs of this control file that were committed before one was refused
    acknowledging,  // a zero octet is being written; then go on at `after_`
    leaving         // the last octet is being written
  };

  void read_on(const sdk::Event& event, sdk::Action& action);
  void subcommand(const sdk::Event& event, sdk::Action& action);
  void control_file(const Command& command, sdk::Action& action);
  void control_body(const sdk::Event& event, sdk::Action& action);
  void control_complete(sdk::Action& action);
  void data_file(const Command& command, sdk::Action& action);
  void create(sdk::Action& action);
  void add(sdk::Action& action);
  void data_probe(const sdk::Event& event, sdk::Action& action);
  void data_end(const sdk::Event& event, sdk::Action& action);
  void file_complete(sdk::Action& action);
  void receive(sdk::Action& action, uint64_t count);
  void acknowledge(sdk::Action& action, State after);
  void after_acknowledge(sdk::Action& action);
  void refuse(sdk::Action& action, char octet, const std::string& why);
  void left(const sdk::Event& event, sdk::Action& action);
  void commit(sdk::Action& action);
  void undo(sdk::Action& action);
  void job_attributes(const std::string& file);
  bool all_files_here() const;
  bool uncommitted() const { return committed_ < files_.size(); }
  void forget_job();

  const Peer& peer_;
  const std::string queue_;
  State state_ = State::validating;
  State after_ = State::subcommand;

  std::string control_text_;
  std::optional<ControlFile> control_;
  /// A data file, and the host's job that it is: a host's job has one document, so a control file of several
  /// data files is several jobs. They are committed together, when all are here.
  struct File {
    std::string name;
    int64_t job = 0;
    bool described = false;  // the host knows what the control file says
    bool complete = false;
  };
  std::vector<File> files_;
  size_t committed_ = 0;      // of files_, from the front
  uint64_t count_ = 0;        // bytes of the file that is arriving
  size_t wanted_ = 0;         // control file: bytes that are still missing
  bool until_close_ = false;  // the peer's end is the end of the data file
  bool committed_any_ = false;

  std::string name_, octet_, why_;
  char refusal_ = 0;
  std::vector<pr_attr> attributes_;
};

}  // namespace printrouter::lpr
