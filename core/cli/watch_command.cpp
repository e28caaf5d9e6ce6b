// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <spdlog/fmt/fmt.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "cli/cli_context.hpp"

namespace printrouter::cli {
namespace {
using nlohmann::json;

/// The front end in a terminal. One thread listens to the daemon, the other to the keyboard.
class Watch {
 public:
  Watch(const Context& context, const WatchOptions& options)
      : context_(context), options_(options), filter_(options.filter) {}

  int run() {
    std::thread keyboard;
    if (!options_.once) keyboard = std::thread([this] { read_keyboard(); });
    std::string last_id;
    Status status = context_.client.events(
        "/v1/events?replay=true", {}, [&](const control::ServerEvent& e) { return on_event(e); },
        Milliseconds(200), [this] { return !ended(); });
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    if (keyboard.joinable()) keyboard.join();
    if (!status && !quit_) return report(context_, status.error());
    return exit_ok;
  }

 private:
  bool ended() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

  bool on_event(const control::ServerEvent& event) {
    const std::lock_guard lock(mutex_);
    const auto data = json::parse(event.data, nullptr, false);
    if (ended_) return false;
    if (data.is_discarded()) return true;
    if (event.type == "ready" && options_.once) return false;
    if (event.type == "notification") show_notification(data);
    if (event.type == "server")
      print_line(fmt::format("-- {} {}: {}", "Server", plain(data.value("name", "")),
                             server_words(data.value("state", ""))));
    if (event.type == "question") show_question(data);
    return true;
  }

  std::string server_words(const std::string& state) const {
    if (state == "up") return context_.say("takes jobs", "nimmt Aufträge an");
    if (state == "down")
      return context_.say("does not answer; fallback rules apply",
                          "antwortet nicht; es gelten die Ausweichregeln");
    return state;
  }

  void show_notification(const json& n) {
    const std::string what = fmt::format("{} {} »{}«: {}", context_.say("Job", "Auftrag"), n.value("job", 0),
                                         plain(n.value("title", "")), context_.pick(n));
    const std::string kind = n.value("kind", "");
    print_line((kind == "refused" || kind == "error" ? "!! " : kind == "question" ? "?? " : "** ") + what);
    const std::string remedy = context_.pick(n, "remedy_");
    if (!remedy.empty()) print_line("   -> " + remedy);
    if (options_.notify) notify_desktop("printrouter", what + (remedy.empty() ? "" : "\n" + remedy));
  }

  void show_question(const json& question) {
    const std::string id = question.value("id", ""), state = question.value("state", "");
    const auto known =
        std::ranges::find_if(questions_, [&](const json& q) { return q.value("id", "") == id; });
    const bool fresh = known == questions_.end();
    if (fresh)
      questions_.push_back(question);
    else
      known->update(question);  // a question that is closed comes without its choices' health
    if (state != "open") {
      if (state == "withdrawn")
        print_line(fmt::format(
            "-- {} {} »{}«",
            context_.say("no answer needed any more for job", "keine Antwort mehr nötig für Auftrag"),
            question.value("job", 0), plain(question.value("title", ""))));
      forget_old();
      return show_next();
    }
    if (fresh && options_.notify)
      notify_desktop(
          "printrouter",
          fmt::format("{} »{}«", context_.say("Where shall it be printed?", "Wo soll gedruckt werden?"),
                      plain(question.value("title", ""))));
    if (options_.once) return show_choices(question);
    if (fresh && picked() && picked()->value("id", "") != id)
      print_line(fmt::format("?? {} {} »{}« {} ({} {}, l = {})", context_.say("Job", "Auftrag"),
                             question.value("job", 0), plain(question.value("title", "")),
                             context_.say("waits for an answer too", "wartet auch auf eine Antwort"),
                             waiting(), context_.say("waiting", "warten"),
                             context_.say("list them", "auflisten")));
    show_next();
  }

  static bool is_open(const json& question) { return question.value("state", "") == "open"; }
  std::size_t waiting() const { return static_cast<std::size_t>(std::ranges::count_if(questions_, is_open)); }

  /// The question that an answer is for: the picked one, else the oldest that waits; nullptr: none waits.
  const json* picked() const {
    const auto chosen = std::ranges::find_if(
        questions_, [&](const json& q) { return is_open(q) && q.value("id", "") == shown_; });
    if (chosen != questions_.end()) return &*chosen;
    const auto oldest = std::ranges::find_if(questions_, is_open);
    return oldest == questions_.end() ? nullptr : &*oldest;
  }

  /// The picked question, unless it stands there already.
  void show_next() {
    if (const json* next = picked(); next && next->value("id", "") != shown_) show_choices(*next);
  }

  /// Of those that need no answer only the last few are kept for the list.
  void forget_old() {
    constexpr std::ptrdiff_t most = 20;
    auto surplus = std::ranges::count_if(questions_, [](const json& q) { return !is_open(q); }) - most;
    std::erase_if(questions_, [&](const json& q) { return !is_open(q) && surplus-- > 0; });
  }

  /// Every question, the ones that need no answer any more too.
  void list_questions() const {
    if (questions_.empty()) return print_line(context_.say("   no question waits", "   keine Frage wartet"));
    const json* current = picked();
    for (const json& q : questions_) {
      const std::string state = q.value("state", "");
      const std::string answer = plain(q.value("answer", ""));
      print_line(fmt::format(" {} #{} »{}«  {}", &q == current ? ">" : " ", q.value("job", 0),
                             plain(q.value("title", "")),
                             state == "open" ? context_.say("waits for an answer", "wartet auf eine Antwort")
                             : state == "withdrawn" ? context_.say("withdrawn: no answer needed any more",
                                                                   "zurückgezogen: keine Antwort mehr nötig")
                                                    : std::string(context_.say("answered", "beantwortet")) +
                                                          (answer.empty() ? "" : ": " + answer)));
    }
    if (current)
      print_line(
          context_.say("   #number = answer this one next", "   #Nummer = diese als Nächstes beantworten"));
  }

  /// "#12": the question about job 12 is the one to answer.
  void pick(const std::string& number) {
    const int job = std::atoi(number.c_str());
    const auto found = std::ranges::find_if(
        questions_, [&](const json& q) { return is_open(q) && q.value("job", 0) == job; });
    if (found != questions_.end()) return show_choices(*found);
    print_line(fmt::format("   {} {}",
                           context_.say("no question waits about job", "keine Frage wartet zu Auftrag"),
                           plain(number)));
  }

  static std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char ch) { return static_cast<char>(std::tolower(ch)); });
    return text;
  }

  std::string describe(const json& choice) const {
    std::string out = plain(choice.value("name", "")) + "  " + plain(choice.value("place", ""));
    const auto flag = [&](const char* member, const char* en, const char* de) {
      if (choice.contains(member) && choice[member].is_boolean() && choice[member].get<bool>())
        out += std::string("  ") + context_.say(en, de);
    };
    flag("color", "colour", "Farbe");
    flag("wide", "A3", "A3");
    flag("duplex", "duplex", "Duplex");
    if (choice.contains("color") && choice["color"].is_boolean() && !choice["color"].get<bool>())
      out += std::string("  ") + context_.say("black and white", "schwarzweiß");
    if (choice.value("used", false))
      out += std::string("  ") + context_.say("(used before)", "(schon benutzt)");
    if (const std::string status = choice.value("status", ""); !status.empty())
      out += "  [" + plain(status) + "]";
    return out;
  }

  /// Choices that pass the filter, every word of which must be found.
  std::vector<json> visible(const json& question) const {
    std::vector<json> out;
    for (const json& choice : question.value("choices", json::array())) {
      const std::string text = lower(describe(choice) + " " + choice.value("search", ""));
      bool match = true;
      std::string word;
      for (const char ch : lower(filter_) + " ") {
        if (ch != ' ') {
          word += ch;
          continue;
        }
        match = match && (word.empty() || text.find(word) != std::string::npos);
        word.clear();
      }
      if (match) out.push_back(choice);
    }
    return out;
  }

  void show_choices(const json& question) {
    shown_ = question.value("id", "");
    print_line(fmt::format("?? {} {} »{}«: {}", context_.say("Job", "Auftrag"), question.value("job", 0),
                           plain(question.value("title", "")),
                           context_.say("Where shall it be printed?", "Wo soll gedruckt werden?")));
    const auto choices = visible(question);
    for (std::size_t i = 0; i < choices.size(); ++i)
      print_line(fmt::format("   {}) {}", i + 1, describe(choices[i])));
    if (choices.empty())
      print_line(fmt::format("   {} »{}«",
                             context_.say("nothing matches the filter", "nichts passt zum Filter"),
                             plain(filter_)));
    if (!choices.empty() && choices.size() < question.value("choices", json::array()).size())
      print_line(fmt::format("   {} »{}«",
                             context_.say("only what passes the filter", "nur was zum Filter passt"),
                             plain(filter_)));
    print_line(context_.say(
        "   number = print there, a number = there for all waiting jobs, /text = filter, / = no "
        "filter, w = wait for the server, c = cancel (a w, a c: all), q = leave",
        "   Nummer = dort drucken, a Nummer = dort für alle wartenden, /Text = filtern, / = "
        "kein Filter, w = auf den Server warten, c = abbrechen (a w, a c: alle), q = verlassen"));
    if (waiting() > 1)
      print_line(fmt::format(
          "   {} {}", waiting(),
          context_.say("questions wait: l = list them, #job = answer another one first",
                       "Fragen warten: l = auflisten, #Auftrag = eine andere zuerst beantworten")));
  }

  void read_keyboard() {
    std::string buffer;
    char chunk[512];
    while (!ended()) {
      pollfd wait{STDIN_FILENO, POLLIN, 0};
      if (::poll(&wait, 1, 200) <= 0) continue;
      const ssize_t n = ::read(STDIN_FILENO, chunk, sizeof chunk);
      if (n <= 0) return;  // no keyboard (any more): go on showing
      buffer.append(chunk, static_cast<std::size_t>(n));
      for (std::size_t end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n')) {
        obey(buffer.substr(0, end));
        buffer.erase(0, end + 1);
      }
    }
  }

  void obey(const std::string& line) {
    json question;
    std::vector<json> choices;
    std::vector<int> jobs;  // about which questions wait
    {
      const std::lock_guard lock(mutex_);
      if (line == "q") {
        ended_ = quit_ = true;
        return;
      }
      if (line.starts_with('/')) filter_ = line.substr(1);
      if (line == "l") return list_questions();
      if (line.starts_with('#')) return pick(line.substr(1));
      const json* current = picked();
      if (!current) return;
      question = *current;
      choices = visible(question);
      if (line.empty() || line.starts_with('/')) return show_choices(question);
      for (const json& q : questions_)
        if (is_open(q)) jobs.push_back(q.value("job", 0));
    }
    const bool all = line.starts_with("a ");
    const std::string word = all ? line.substr(2) : line;
    int exit = 0;
    if (word == "w" || word == "c") {
      if (!all) jobs = {question.value("job", 0)};
      for (const int job : jobs)
        ask(context_, "POST", fmt::format("/v1/jobs/{}/{}", job, word == "w" ? "wait" : "cancel"), exit,
            json::object());
      return done(jobs, exit, word == "w" ? "server" : "");
    }
    const auto number = static_cast<std::size_t>(std::strtoul(word.c_str(), nullptr, 10));
    if (number < 1 || number > choices.size()) {
      print_line(context_.say("   that is none of the numbers above", "   diese Nummer steht nicht oben"));
      return;
    }
    const std::string device = choices[number - 1].value("device", "");
    ask(context_, "POST", "/v1/questions/" + question.value("id", "") + "/answer", exit,
        {{"device", device}, {"all_waiting", all}});
    done({question.value("job", 0)}, exit, device);  // of the others the daemon tells which took it
  }

  /// The daemon's events say it too, but perhaps only after the next line from the keyboard. A question that
  /// could not be answered waits on.
  void done(const std::vector<int>& jobs, int exit, const std::string& answer) {
    if (exit != exit_ok) return;
    const std::lock_guard lock(mutex_);
    for (json& q : questions_)
      if (is_open(q) && std::ranges::find(jobs, q.value("job", 0)) != jobs.end())
        q.update({{"state", "answered"}, {"answer", answer}});
    show_next();
  }

  const Context& context_;
  const WatchOptions& options_;
  std::mutex mutex_;  // all below
  std::string filter_;
  std::vector<json> questions_;  // oldest first, closed ones too
  std::string shown_;            // id of the question on the screen
  bool ended_ = false;
  bool quit_ = false;
};

}  // namespace

bool notify_desktop(const std::string& summary, const std::string& body) {
  sd_bus* bus = nullptr;
  if (sd_bus_open_user(&bus) < 0) return false;
  const int sent =
      sd_bus_call_method(bus, "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
                         "org.freedesktop.Notifications", "Notify", nullptr, nullptr, "susssasa{sv}i",
                         "printrouter", 0u, "printer", summary.c_str(), body.c_str(), 0, 0, -1);
  sd_bus_flush_close_unref(bus);
  return sent >= 0;
}

int run_watch(const Context& context, const WatchOptions& options) {
  return Watch(context, options).run();
}

}  // namespace printrouter::cli
