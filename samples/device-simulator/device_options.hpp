// SPDX-License-Identifier: Apache-2.0
// What the simulator was told to be: by arguments, and by a device model file.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace simulator {

struct PortOption {
  std::string protocol;  // raw | lpr | ipp | ipps
  uint16_t number = 0;   // 0: any
  std::string port_class = "plain";
  std::string name;   // default: protocol and a running number, "raw-1"
  std::string queue;  // lpr: the only queue accepted ("": any); ipp: the path ("": /ipp/print)
};

struct CounterOption {
  std::string name;    // printed-total | printed-mono | printed-color | jobs | a text for anything else
  std::string oid;     // of a labelled counter: the column of values
  std::string labels;  // the column of labels; empty: the counter stands alone
  std::string label;
};

struct Options {
  std::vector<PortOption> ports;
  std::string address = "127.0.0.1";
  std::string model_file, maker = "Generic", model = "Simulated printer", serial = "SIM0000001";
  nlohmann::json model_document;
  std::string output_dir, job_log, ready_file, certificate, key;
  uint16_t control_port = 0, snmp_port = 0, wake_port = 0;
  bool snmp = true, server = false, back_channel = true, network_manager = false, asleep = false,
       discard = false;
  bool hash = true, paper = true, color = true, exit_with_parent = false, any_host = false;
  std::string unknown_id = "permit";    // permit | reject
  std::string accounting = "auto";      // auto (on with accounts or user codes) | on | off
  std::vector<std::string> snmp_users;  // as net-snmp's createUser takes them
  std::vector<std::string> accounts, user_codes, pjl_account_keys, terminal_identity_keys, permitted_senders;
  std::string sender_mode = "refuse";   // refuse | drop
  std::string release;                  // immediate | at-device: for device-spooling ports
  std::string on_arrival;               // print | hold: for every port; default print, server: hold
  std::string truncated;                // prints | keeps | discards; default prints, server: discards
  std::string count = "auto";           // auto | none
  std::string sleep_answer = "silent";  // silent | refuse
  std::string truth_file, community = "public";
  std::vector<std::string> document_formats, media;
  bool strict_language = false;  // a language that is not among document_formats prints nothing
  bool duplex = true, pjl_copies = true, pjl_sides = true, pjl_media = true, pjl_color = true;
  bool pjl_echo = true, pjl_ustatus = true, quarrels = false;
  int account_digits = 8;
  std::vector<CounterOption> counters;
  int wake_ms = -1, ms_per_page = 0, max_seconds = 0;
  uint64_t start_count = 0;  // what the life counter shows at power-on
};

// Fills options from argv. Returns -1 to go on, else the exit code (help and errors are already printed).
int parse_arguments(int argc, char** argv, Options& options);

}  // namespace simulator
