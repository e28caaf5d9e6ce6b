// SPDX-License-Identifier: Apache-2.0
#pragma once
/// printrouter.protocol over IPP/1.1 and IPP/2.0: one session does one operation against one printer.
///
/// A print asks the printer about itself first, on the same connection, and decides from the answer: format,
/// compression, Print-Job or Create-Job and Send-Document. The document starts only after 100 Continue, so
/// that whatever the printer refuses costs no document byte. A refusal that comes while the document is on
/// its way ends it there.
#include <optional>
#include <printrouter/session.hpp>

#include "ipp_attributes.hpp"
#include "ipp_outcome.hpp"
#include "ipp_response_reader.hpp"
#include "ipp_send_job.hpp"

namespace printrouter::ipp {

class Sender final : public sdk::Session {
 public:
  Sender(const sdk::Plugin& plugin, const pr_send_request& request);
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  enum class Task {
    printer_attributes,
    validate,
    print_job,
    create_job,
    send_document,
    cancel_job,
    job_attributes,
    active_jobs,
    completed_jobs
  };
  enum class State { connecting, securing, upgrading, head, waiting_go_ahead, sending, answering, closing };

  void connect(sdk::Action& action);
  void first_task(sdk::Action& action);
  void start(Task task, sdk::Action& action);
  void send_request(sdk::Action& action);
  void send_document(sdk::Action& action);
  void upgrade(sdk::Action& action);
  void written(sdk::Action& action);
  void bytes(const sdk::Event& event, sdk::Action& action, bool eof);
  void answered(sdk::Action& action);
  void io_error(const sdk::Event& event, sdk::Action& action);
  void broken(std::string reason, std::string text, sdk::Action& action);

  bool retry(uint16_t status, sdk::Action& action);
  void printer_known(const Group* printer, sdk::Action& action);
  /// Notes what the printer says it ignores. The reason to give up, if that must reach the paper; else empty.
  std::string ticket_lost(const Message& message);
  void refused_ticket(std::string reason, sdk::Action& action);
  void print(sdk::Action& action) { start(plan_.create_job ? Task::create_job : Task::print_job, action); }
  void job_accepted(const Message& message, sdk::Action& action);
  void job_list(const Message& message, sdk::Action& action);
  void report_job(const Group& job, sdk::Action& action);
  void done(Verdict verdict, sdk::Action& action, uint32_t flags = 0);

  bool has_document(Task task) const { return task == Task::print_job || task == Task::send_document; }
  Message request();
  void log(uint32_t level, const std::string& text) const { plugin().log(level, text); }

  SendJob job_;
  Plan plan_;
  Task task_ = Task::printer_attributes;
  State state_ = State::connecting;
  Sent sent_ = Sent::nothing;
  uint8_t major_ = 2;
  uint8_t minor_ = 0;
  uint32_t request_id_ = 0;
  bool secure_ = false;
  bool fresh_ = false;        // this connection has carried no answer yet
  bool reconnected_ = false;  // an idle connection was closed under us once already
  bool expect_ = true;
  bool history_seen_ = false;
  ResponseReader reader_;
  std::string head_;
  std::string message_;
  std::vector<pr_segment> segments_;
  // What an outcome points to.
  Verdict verdict_;
  std::optional<Verdict> after_cancel_;  // a refused Send-Document whose job is being cancelled
  std::string device_text_;
  std::string remote_id_;
  int64_t impressions_ = -1;
  bool confirmed_ = false;
  AttrList learned_;
};

}  // namespace printrouter::ipp
