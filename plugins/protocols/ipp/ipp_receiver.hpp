// SPDX-License-Identifier: Apache-2.0
#pragma once
/// printrouter.receiver: one connection of IPP clients to a driverless IPP Everywhere printer.
///
/// The session takes HTTP and IPP apart and asks the host for everything about jobs; it keeps none. A
/// document is never read here: after the IPP message the host stores what follows
/// (PR_ACTION_RECEIVE_PAYLOAD), chunk by chunk.
#include <printrouter/protocol.hpp>

#include "http_head.hpp"
#include "ipp_attributes.hpp"
#include "ipp_codes.hpp"
#include "ipp_decoder.hpp"
#include "ipp_printer.hpp"

#include <optional>

namespace printrouter::ipp {

class Receiver final : public sdk::Session {
 public:
  Receiver(const sdk::Plugin& plugin, const pr_receive_request& request);
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  enum class Phase {
    head,         // waiting for a request
    going_ahead,  // writing 100 Continue
    message,      // reading the IPP message
    probe,        // is there a document behind it?
    rest,         // dropping what follows a message that has no document
    facts,        // PRINTER_ATTRIBUTES asked
    asking,       // the one request of a simple operation
    creating,
    adding,
    receiving,  // RECEIVE_PAYLOAD under way
    next_chunk,
    committing,
    answering,  // writing the response
    lingering   // an answer was given before the request was read: wait until the client has seen it
  };

  // HTTP (ipp_receiver.cpp)
  void bytes(const sdk::Event& event, sdk::Action& action);
  size_t read_head(std::string_view view, sdk::Action& action);
  size_t read_message(std::string_view view, sdk::Action& action);
  size_t read_probe(std::string_view view, size_t at, sdk::Action& action);
  size_t read_rest(std::string_view view, size_t at, sdk::Action& action);
  size_t read_chunk(std::string_view view, sdk::Action& action);
  bool known_host(std::string_view host) const;
  void serve_page(const http::RequestHead& head, sdk::Action& action);
  void answer_http(uint32_t status, std::string_view type, std::string body, sdk::Action& action,
                   http::Fields extra = {});
  void answer_ipp(sdk::Action& action);
  void written(sdk::Action& action);
  void linger(sdk::Action& action);
  void go_ahead(Phase then, sdk::Action& action);
  void start_document(sdk::Action& action);
  bool body_pending() const { return !body_.at_end(); }

  // IPP (ipp_receiver_operations.cpp)
  bool check_request();
  void dispatch(sdk::Action& action);
  void with_facts(const sdk::Event& event, sdk::Action& action);
  bool sort_job(sdk::Action& action);
  void ask(uint32_t op, Phase phase, sdk::Action& action);
  void replied(const sdk::Event& event, sdk::Action& action);
  void refused(const sdk::Event& event, sdk::Action& action);
  void ask_document(sdk::Action& action);
  void payload(sdk::Action& action);
  void commit(sdk::Action& action);
  void respond(uint16_t status, sdk::Action& action, std::string_view words = {});
  void respond_job(pr_attrs job, sdk::Action& action);
  void respond_jobs(pr_attrs jobs, sdk::Action& action);
  void fail(uint16_t status, std::string_view words);
  bool takes_document() const;
  bool find_target();
  Group job_group(const std::vector<Attribute>& job, const Attribute* requested) const;
  const Group& operation() const { return request_.operation(); }
  int64_t now() const;
  Site site() const { return {authority_, path_, secure_}; }

  std::string local_host_;
  uint32_t local_port_;
  bool secure_;
  int64_t loaded_;

  Phase phase_ = Phase::head;
  Phase resume_ = Phase::head;  // after 100 Continue
  bool expects_ = false;        // the client may be waiting for 100 Continue
  http::RequestHead head_;
  http::BodyReader body_;
  Decoder decoder_;
  Message request_;
  Message response_;
  std::string authority_;
  std::string path_;
  int64_t job_id_ = 0;
  bool keep_alive_ = true;
  bool current_job_ = false;  // CREATE_JOB made one that is not committed yet
  bool document_began_ = false;
  bool has_document_ = false;
  uint64_t received_ = 0;  // document bytes of this request, as they came
  uint64_t piece_ = 0;     // document bytes that follow without framing
  uint64_t lingered_ = 0;
  uint32_t coding_ = 0;
  bool head_only_ = false;
  std::optional<Printer> printer_;
  std::vector<Attribute> created_;
  Group accepted_{Tag::job_group, {}};
  Group unsupported_{Tag::unsupported_group, {}};
  AttrList asked_;
  std::string out_;
};

}  // namespace printrouter::ipp
