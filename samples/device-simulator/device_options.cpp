// SPDX-License-Identifier: Apache-2.0
#include "device_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>

namespace simulator {
namespace {

// raw:0[:class][:name=N][:queue=Q]
std::string parse_port(const std::string& text, PortOption& out) {
  std::stringstream stream(text);
  std::string part;
  for (int index = 0; std::getline(stream, part, ':'); ++index) {
    if (index == 0) {
      if (part != "raw" && part != "lpr" && part != "ipp" && part != "ipps")
        return "unknown protocol '" + part + "'";
      out.protocol = part;
    } else if (index == 1) {
      if (part.empty() || part.size() > 5 || part.find_first_not_of("0123456789") != std::string::npos ||
          std::stoul(part) > 65535)
        return "'" + part + "' is not a port number";
      out.number = static_cast<uint16_t>(std::stoul(part));
    } else if (part == "plain" || part == "device-spooling") {
      out.port_class = part;
    } else if (part.starts_with("name=")) {
      out.name = part.substr(5);
    } else if (part.starts_with("queue=")) {
      out.queue = part.substr(6);
    } else {
      return "unknown part '" + part + "' (expected plain, device-spooling, name=..., queue=...)";
    }
  }
  return out.protocol.empty() ? "empty" : "";
}

bool is_oid(const std::string& text) {
  return text.find('.') != std::string::npos && text.find_first_not_of("0123456789.") == std::string::npos;
}

// A counter's OID wherever the model file keeps it: "x": "1.3.6…", or {"oid": "1.3.6…"} below a fact's value.
void collect_counters(const std::string& name, const nlohmann::json& value, std::vector<CounterOption>& out) {
  if (value.is_string()) {
    if (is_oid(value)) out.push_back({name, value, "", ""});
  } else if (value.is_array()) {
    for (const auto& entry : value) {
      std::string own = entry.is_object() && entry.contains("name") ? entry["name"].get<std::string>() : name;
      collect_counters(own, entry, out);
    }
  } else if (value.is_object() && value.contains("label")) {
    out.push_back({name, value.value("values", ""), value.value("labels", ""), value.value("label", "")});
  } else if (value.is_object()) {
    for (const auto& [key, entry] : value.items()) {
      if (key == "source" || key == "name") continue;
      collect_counters(key == "oid" || key == "value" || key == "where" ? name : key, entry, out);
    }
  }
}

void read_fact(const std::string& name, const nlohmann::json& value, Options& options) {
  const std::map<std::string, bool*> switches = {{"color", &options.color},
                                                 {"duplex", &options.duplex},
                                                 {"copies-by-pjl", &options.pjl_copies},
                                                 {"sides-by-pjl", &options.pjl_sides},
                                                 {"media-by-pjl", &options.pjl_media},
                                                 {"color-by-pjl", &options.pjl_color},
                                                 {"pjl-echo", &options.pjl_echo},
                                                 {"pjl-ustatus", &options.pjl_ustatus},
                                                 {"ipp-and-in-document-conflict", &options.quarrels}};
  // A fact that is absent is unknown: then the simulator can do it.
  if (auto found = switches.find(name); found != switches.end() && value.is_boolean()) *found->second = value;
  if (name == "counters") collect_counters(name, value, options.counters);
  if (name == "account-code-max-digits" && value.is_number_integer()) options.account_digits = value;
  if (name == "release" && value.is_string() && options.release.empty()) options.release = value;
  if (name == "wake" && value.is_object() && options.wake_ms < 0)
    options.wake_ms = value.value("wait-ms", -1);
  auto take_list = [&](std::vector<std::string>& list) {
    for (const auto& entry : value)
      if (entry.is_string()) list.push_back(entry);
  };
  if (name == "media" && options.media.empty()) take_list(options.media);
  if (name == "languages" && options.document_formats.empty()) {
    take_list(options.document_formats);
    options.document_formats.emplace_back("application/octet-stream");
  }
  if (name == "ports" && options.ports.empty()) {
    for (const auto& entry : value) {
      PortOption port;
      port.protocol = entry.value("tls", false) ? "ipps" : entry.value("protocol", "raw");
      port.port_class = entry.value("class", "plain");
      port.queue = entry.value("queue", "");
      options.ports.push_back(port);
    }
  }
}

std::string read_model(Options& options) {
  std::ifstream file(options.model_file);
  if (!file) return options.model_file + ": cannot be read";
  nlohmann::json document = nlohmann::json::parse(file, nullptr, false);
  if (!document.is_object()) return options.model_file + ": is not a JSON object";
  options.maker = document.value("maker", options.maker);
  options.model = document.value("model", options.model);
  if (auto facts = document.find("facts"); facts != document.end() && facts->is_object())
    for (const auto& [name, fact] : facts->items())
      if (fact.is_object() && fact.contains("value")) read_fact(name, fact["value"], options);
  options.model_document = std::move(document);
  return "";
}

std::string complete(Options& options) {
  std::map<std::string, int> running;
  for (auto& port : options.ports) {
    int number = ++running[port.protocol];
    if (port.name.empty()) port.name = port.protocol + "-" + std::to_string(number);
  }
  if (options.ports.empty()) return "no ports: give --port, or a --model that names some";
  if (options.release.empty()) options.release = "immediate";
  if (options.release != "immediate" && options.release != "at-device")
    return "release: expected immediate or at-device, not '" + options.release + "'";
  if (options.wake_ms < 0) options.wake_ms = 500;
  if (options.media.empty())
    options.media = {"iso_a4_210x297mm", "iso_a3_297x420mm", "iso_a5_148x210mm", "na_letter_8.5x11in",
                     "na_legal_8.5x14in"};
  if (options.on_arrival.empty()) options.on_arrival = options.server ? "hold" : "print";
  if (options.truncated.empty()) options.truncated = options.server ? "discards" : "prints";
  if (options.pjl_account_keys.empty()) options.pjl_account_keys = {"KMACCOUNT", "ACCOUNTCODE", "ACCOUNTID"};
  if (options.document_formats.empty())
    options.document_formats = {"application/octet-stream",
                                "application/pdf",
                                "application/postscript",
                                "application/vnd.hp-PCL",
                                "application/vnd.hp-PCLXL",
                                "image/pwg-raster",
                                "image/jpeg",
                                "text/plain"};
  for (const auto& code : options.accounts)
    if (code.empty() || code.size() > 8 || code.find_first_not_of("0123456789") != std::string::npos)
      return "--account: '" + code + "' is not a number of 1 to 8 digits";
  if (options.accounting == "auto")
    options.accounting =
        options.accounts.empty() && options.user_codes.empty() && options.unknown_id == "permit" ? "off"
                                                                                                 : "on";
  if (options.certificate.empty() != options.key.empty()) return "--certificate and --key belong together";
  if (options.output_dir.empty() && !options.discard) return "--output-dir is needed (or --discard)";
  if (options.job_log.empty() && !options.output_dir.empty())
    options.job_log = options.output_dir + "/jobs.jsonl";
  return "";
}

}  // namespace

int parse_arguments(int argc, char** argv, Options& options) {
  CLI::App app("A simulated printer (or, with --server, a print server's queue) for tests. See README.md.");
  std::vector<std::string> ports, counters, snmp_users;
  bool no_snmp = false, no_back_channel = false, no_hash = false, mono = false;
  app.add_option("--port", ports,
                 "raw|lpr|ipp|ipps:NUMBER[:plain|device-spooling][:name=N][:queue=Q]; repeatable");
  app.add_option("--address", options.address, "address to listen on")->capture_default_str();
  app.add_option("--model", options.model_file, "device model file (JSON)");
  app.add_option("--maker", options.maker);
  app.add_option("--model-name", options.model);
  app.add_option("--serial", options.serial);
  app.add_flag("--mono", mono, "a printer without colour");
  app.add_option("--output-dir", options.output_dir, "folder for the bytes of every job");
  app.add_option("--job-log", options.job_log, "JSON lines file; default OUTPUT-DIR/jobs.jsonl");
  app.add_flag("--discard", options.discard, "store no bytes");
  app.add_flag("--no-hash", no_hash, "compute no sha256");
  app.add_option("--ready-file", options.ready_file, "write the ready line here too");
  app.add_option("--control-port", options.control_port);
  app.add_option("--snmp-port", options.snmp_port);
  app.add_flag("--no-snmp", no_snmp);
  app.add_option("--community", options.community)->capture_default_str();
  app.add_option("--snmp-user", snmp_users, "NAME:AUTHENTICATION:KEY[:PRIVACY:KEY], SNMP v3; repeatable");
  app.add_option("--counter", counters, "NAME=OID; repeatable");
  app.add_option("--start-count", options.start_count, "life counter at power-on");
  app.add_flag("--server", options.server, "a print server's queue: no identity rules, jobs are held");
  app.add_option("--on-arrival", options.on_arrival)->check(CLI::IsMember({"print", "hold"}));
  app.add_option("--truncated", options.truncated, "what happens to a job that breaks off")
      ->check(CLI::IsMember({"prints", "keeps", "discards"}));
  app.add_option("--release", options.release, "device-spooling ports")
      ->check(CLI::IsMember({"immediate", "at-device"}));
  app.add_option("--unknown-id", options.unknown_id, "jobs without a code, on plain ports")
      ->check(CLI::IsMember({"permit", "reject"}));
  app.add_option("--accounting", options.accounting)->check(CLI::IsMember({"auto", "on", "off"}));
  app.add_option("--account", options.accounts, "a registered account code; repeatable");
  app.add_option("--user-code", options.user_codes, "a registered user code (PJL USERCODE); repeatable");
  app.add_option("--pjl-account-key", options.pjl_account_keys, "PJL variables that carry an account code");
  app.add_flag("--network-manager", options.network_manager,
               "plain ports refuse jobs without terminal identity");
  app.add_option("--terminal-identity-key", options.terminal_identity_keys,
                 "PJL variables that count as terminal identity on a plain port; default none");
  app.add_option("--permit-sender", options.permitted_senders,
                 "address that may send; repeatable; default all");
  app.add_option("--sender-mode", options.sender_mode)->check(CLI::IsMember({"refuse", "drop"}));
  app.add_option("--count", options.count, "how pages are counted")->check(CLI::IsMember({"auto", "none"}));
  app.add_option("--truth", options.truth_file, "JSON: {marker or sha256: pages or {pages,copies,sides}}");
  app.add_option("--format", options.document_formats, "document formats offered by IPP; repeatable");
  app.add_option("--media", options.media, "media offered by IPP (PWG names); repeatable");
  app.add_flag("--strict-language", options.strict_language, "print only the document formats offered");
  app.add_option("--ms-per-page", options.ms_per_page)->check(CLI::Range(0, 600000));
  app.add_flag("--no-back-channel", no_back_channel, "RAW ports never answer");
  app.add_flag("--asleep", options.asleep, "start asleep");
  app.add_option("--sleep-answer", options.sleep_answer)->check(CLI::IsMember({"silent", "refuse"}));
  app.add_option("--wake-port", options.wake_port);
  app.add_option("--wake-ms", options.wake_ms)->check(CLI::Range(0, 600000));
  app.add_option("--certificate", options.certificate, "PEM, for ipps");
  app.add_option("--key", options.key, "PEM, for ipps");
  app.add_flag("--any-host", options.any_host, "the control port takes any Host header");
  app.add_flag("--exit-with-parent", options.exit_with_parent);
  app.add_option("--max-seconds", options.max_seconds, "end after this time");
  std::string error;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem);
  }
  options.snmp = !no_snmp;
  options.back_channel = !no_back_channel;
  options.hash = !no_hash;
  for (const auto& text : ports) {
    PortOption port;
    if (std::string problem = parse_port(text, port); !problem.empty() && error.empty())
      error = "--port " + text + ": " + problem;
    options.ports.push_back(port);
  }
  if (!options.model_file.empty() && error.empty()) error = read_model(options);
  if (mono) options.color = false;
  for (const auto& text : counters) {
    size_t equals = text.find('=');
    if (equals == std::string::npos || !is_oid(text.substr(equals + 1)))
      error = "--counter " + text + ": expected NAME=OID";
    else
      options.counters.push_back({text.substr(0, equals), text.substr(equals + 1), "", ""});
  }
  for (std::string user : snmp_users) {
    const auto colons = std::ranges::count(user, ':');
    if ((colons != 2 && colons != 4) || user.find_first_of(" \t\n\"") != std::string::npos)
      error = "--snmp-user " + user + ": expected NAME:AUTHENTICATION:KEY[:PRIVACY:KEY]";
    std::ranges::replace(user, ':', ' ');
    options.snmp_users.push_back(std::move(user));
  }
  if (error.empty()) error = complete(options);
  if (error.empty()) return -1;
  std::cerr << "printrouter-device: " << error << "\n";
  return 2;
}

}  // namespace simulator
