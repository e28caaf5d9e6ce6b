// SPDX-License-Identifier: Apache-2.0
// The daemon's own delivery and intake around one plugin, so that foreign peers can be set on a protocol
// without router and journal.
//
//   protocol_host receive FOLDER PROTOCOL OUT    prints {"ready":true,"port":n}, serves 127.0.0.1 until
//   SIGTERM;
//       job N leaves OUT/N.doc, N-2.doc ... and then OUT/N.attributes, whose first line is committed,
//       incomplete, discarded or cancel
//   protocol_host send FOLDER PROTOCOL PORT FILE [KEY=VALUE...]    prints the outcome as one line; keys:
//   host,
//       queue, user, title, uuid, copies, size (unknown), discards, back-channel, operation (print, probe,
//       query), timeout (ms)
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "delivery/delivery_run.hpp"
#include "intake/intake_listener.hpp"
#include "plugin/plugin_registry.hpp"

namespace {

using namespace printrouter;

std::unique_ptr<PluginRegistry> load(const std::string& folder) {
  PluginOptions options;
  options.folders = {folder};
  options.scan = false;
  options.log = [](std::uint32_t, std::string_view plugin, std::string_view text) {
    std::cerr << plugin << ": " << text << '\n';
  };
  auto plugins = PluginRegistry::load(options, nullptr);
  if (!plugins) {
    std::cerr << plugins.error().message() << '\n';
    std::exit(2);
  }
  return std::move(*plugins);
}

void report(const PluginIdentity&, std::string_view finding, std::string_view text) {
  std::cerr << "FINDING " << finding << ": " << text << '\n';
}

// --- sending ---

class MemoryDocument : public spool::SpoolReader {
 public:
  MemoryDocument(net::IoContext& io, std::string bytes, bool size_known)
      : io_(io), bytes_(std::move(bytes)), size_known_(size_known) {}
  spool::Read read(std::uint64_t offset, std::span<char> into) override {
    if (offset >= bytes_.size()) {
      size_known_ = true;
      return {spool::ReadState::end, 0, {}};
    }
    const std::size_t n = bytes_.copy(into.data(), into.size(), static_cast<std::size_t>(offset));
    return {spool::ReadState::data, n, {}};
  }
  void when_ready(std::uint64_t, std::function<void()> ready) override {
    if (ready) io_.post(std::move(ready));
  }
  std::uint64_t available() const override { return bytes_.size(); }
  std::optional<std::uint64_t> size() const override {
    return size_known_ ? std::optional<std::uint64_t>(bytes_.size()) : std::nullopt;
  }
  int descriptor() const override { return -1; }

 private:
  net::IoContext& io_;
  std::string bytes_;
  bool size_known_;
};

int send(const std::string& folder, const std::string& protocol, int port, const char* file_name, int argc,
         char** argv) {
  std::map<std::string, std::string> keys = {
      {"host", "127.0.0.1"}, {"operation", "print"}, {"user", "anna"}, {"title", "job"}, {"timeout", "5000"}};
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    keys[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  }
  const auto plugins = load(folder);
  net::IoContext io;
  std::ifstream file(file_name, std::ios::binary);
  DeliveryInput input;
  input.operation = keys["operation"] == "probe"   ? DeliveryOperation::probe
                    : keys["operation"] == "query" ? DeliveryOperation::query
                                                   : DeliveryOperation::print;
  input.protocol = plugins->protocol(protocol);
  SendData& to = input.send;
  to.host = keys["host"];
  to.port = static_cast<std::uint16_t>(port);
  to.queue = keys["queue"];
  to.user = keys["user"];
  to.title = keys["title"];
  to.job_uuid = keys["uuid"];
  to.local_host = "desk";
  if (keys.count("copies")) to.ticket = {Attribute::number("copies", std::stoi(keys["copies"]))};
  to.truncated_discards = keys.count("discards") > 0;
  to.back_channel = keys.count("back-channel") > 0;
  const Milliseconds timeout(std::stoi(keys["timeout"]));
  to.close_timeout = input.answer_timeout = input.progress_timeout = timeout;
  if (input.operation == DeliveryOperation::print)
    input.document = std::make_shared<MemoryDocument>(
        io, std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()},
        keys["size"] != "unknown");
  input.report = report;
  std::optional<DeliveryReport> done;
  DeliveryRun run(io);
  run.start(std::move(input), [&done](DeliveryReport report) { done = std::move(report); });
  if (!io.run_until([&done] { return done.has_value(); }, std::chrono::seconds(60))) {
    std::cout << "no outcome\n";
    return 2;
  }
  const Outcome& outcome = done->outcome;
  std::cout << "done " << to_string(outcome.kind);
  if (outcome.confirmed)
    std::cout << "(confirmed" << (outcome.impressions ? " " + std::to_string(*outcome.impressions) : "")
              << ")";
  std::cout << ' ' << outcome.reason << " | " << outcome.text << " | " << outcome.device_text << '\n';
  return outcome.kind == OutcomeKind::delivered ? 0 : 1;
}

// --- receiving ---

std::string in_words(const Attribute& attribute) {
  const bool number =
      attribute.kind == AttributeKind::integer || attribute.kind == AttributeKind::enumeration;
  return attribute.name + '=' + (number ? std::to_string(attribute.integer) : '"' + attribute.text + '"') +
         '\n';
}

class MemorySink : public net::PayloadSink {
 public:
  Status write(std::string_view data) override {
    bytes += data;
    return {};
  }
  bool ready(net::Callback) override { return true; }
  std::string bytes;
};

class Folder : public IntakeHandler {
 public:
  explicit Folder(std::string out) : out_(std::move(out)) {}

  void create_job(const IntakeClient&, const Attributes& attributes, IntakeAnswer answer) override {
    const JobId id = next_++;
    jobs_[id].words = words(attributes);
    IntakeReply reply = IntakeReply::ok({Attribute::number("job-id", static_cast<std::int64_t>(id))});
    reply.job = id;
    answer(std::move(reply));
  }
  void add_document(const IntakeClient&, JobId job, const Attributes& attributes,
                    IntakeAnswer answer) override {
    jobs_[job].words += words(attributes);
    jobs_[job].documents.push_back(std::make_shared<MemorySink>());
    IntakeReply reply = IntakeReply::ok();
    reply.sink = jobs_[job].documents.back();
    answer(std::move(reply));
  }
  void commit(const IntakeClient&, JobId job, const Attributes& attributes, IntakeAnswer answer) override {
    jobs_[job].words += words(attributes);
    store(job, "committed");
    IntakeReply reply = IntakeReply::ok();
    reply.job = job;
    answer(std::move(reply));
  }
  void close_job(const IntakeClient&, JobId, const Attributes&, IntakeAnswer answer) override {
    answer(IntakeReply::ok());
  }
  void validate(const IntakeClient&, const Attributes& attributes, IntakeAnswer answer) override {
    answer(text_of(attributes, "queue") == "nowhere"
               ? IntakeReply::refuse(Refusal::not_found, "no such queue")
               : IntakeReply::ok());
  }
  void get_jobs(const IntakeClient&, const Attributes&, IntakeAnswer answer) override {
    answer(IntakeReply::ok(
        {Attribute::number("job-id", 7), Attribute::number("job-state", 5, AttributeKind::enumeration),
         Attribute::word("job-originating-user-name", "anna", AttributeKind::text),
         Attribute::word("job-name", "report", AttributeKind::text), Attribute::number("job-k-octets", 2)}));
  }
  void get_job(const IntakeClient&, JobId, const Attributes&, IntakeAnswer answer) override {
    answer(IntakeReply::refuse(Refusal::not_found, "no such job"));
  }
  void cancel_job(const IntakeClient&, JobId, const Attributes& attributes, IntakeAnswer answer) override {
    const JobId id = next_++;
    jobs_[id].words = words(attributes);
    store(id, "cancel");
    answer(IntakeReply::ok());
  }
  void cancel_my_jobs(const IntakeClient&, const Attributes&, IntakeAnswer answer) override {
    answer(IntakeReply::ok());
  }
  void printer_attributes(const IntakeClient&, const Attributes&, IntakeAnswer answer) override {
    answer(IntakeReply::ok());
  }
  void identify_printer(const IntakeClient&, const Attributes&, IntakeAnswer answer) override {
    answer(IntakeReply::ok());
  }
  void abandoned(const IntakeClient&, JobId job, bool keep_incomplete, const std::string&) override {
    store(job, keep_incomplete ? "incomplete" : "discarded");
  }

 private:
  struct Stored {
    std::string words;
    std::vector<std::shared_ptr<MemorySink>> documents;
  };
  static std::string words(const Attributes& attributes) {
    std::string all;
    for (const Attribute& attribute : attributes) all += in_words(attribute);
    return all;
  }
  void store(JobId job, const std::string& state) {
    const Stored& stored = jobs_[job];
    const std::string base = out_ + '/' + std::to_string(job);
    for (std::size_t i = 0; i < stored.documents.size(); ++i)
      std::ofstream(base + (i ? '-' + std::to_string(i + 1) : "") + ".doc", std::ios::binary)
          << stored.documents[i]->bytes;
    std::ofstream(base + ".tmp") << state << '\n' << stored.words;
    std::rename((base + ".tmp").c_str(), (base + ".attributes").c_str());
    jobs_.erase(job);
  }

  const std::string out_;
  JobId next_ = 1;
  std::map<JobId, Stored> jobs_;
};

int receive(const std::string& folder, const std::string& protocol, const std::string& out) {
  const auto plugins = load(folder);
  const LoadedReceiver* receiver = plugins->receiver(protocol);
  net::IoContext io;
  Folder handler(out);
  IntakeContext context;
  context.io = &io;
  context.handler = &handler;
  context.identities = &env::system_peer_identity();
  context.report = report;
  IntakeListenerOptions options;
  options.name = options.protocol = protocol;
  options.queue = "queue";
  auto listener = IntakeListener::open(context, *receiver, options);
  if (!listener) {
    std::cerr << listener.error().message() << '\n';
    return 2;
  }
  std::cout << "{\"ready\":true,\"port\":" << (*listener)->options().port << "}" << std::endl;
  io.on_signals({SIGTERM, SIGINT}, [&io](int) { io.stop(); });
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "receive" && argc == 5) return receive(argv[2], argv[3], argv[4]);
  if (mode == "send" && argc >= 6)
    return send(argv[2], argv[3], std::stoi(argv[4]), argv[5], argc - 6, argv + 6);
  std::cerr << "usage: protocol_host receive FOLDER PROTOCOL OUT | "
               "send FOLDER PROTOCOL PORT FILE [KEY=VALUE...]\n";
  return 2;
}
