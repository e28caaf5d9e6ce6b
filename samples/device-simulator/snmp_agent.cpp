// SPDX-License-Identifier: Apache-2.0
// Objects: Printer-MIB (RFC 3805), Host Resources MIB (RFC 2790), and the counters that the model file names.
// net-snmp keeps global state: everything here runs before the agent's thread starts, or on it.
#include "snmp_agent.hpp"

#include <net-snmp/net-snmp-config.h>
// The agent's headers need the ones above first.
#include <net-snmp/net-snmp-includes.h>
// clang-format off
#include <net-snmp/agent/net-snmp-agent-includes.h>
// clang-format on

#include <arpa/inet.h>
#include <sys/select.h>

#include <algorithm>
#include <functional>
#include <list>

extern "C" void init_vacm_conf(void);

namespace simulator {
namespace {

struct Object {
  std::vector<oid> name;
  int type = ASN_INTEGER;
  std::function<long()> number;
  std::function<std::string()> text;
};

std::list<Object>& objects() {
  static std::list<Object> all;
  return all;
}

int answer(netsnmp_mib_handler* handler, netsnmp_handler_registration*, netsnmp_agent_request_info* info,
           netsnmp_request_info* requests) {
  if (info->mode != MODE_GET) return SNMP_ERR_GENERR;
  const auto* object = static_cast<const Object*>(handler->myvoid);
  if (object->type == ASN_OCTET_STR) {
    std::string value = object->text();
    snmp_set_var_typed_value(requests->requestvb, ASN_OCTET_STR, value.data(), value.size());
  } else {
    snmp_set_var_typed_integer(requests->requestvb, static_cast<u_char>(object->type), object->number());
  }
  return SNMP_ERR_NOERROR;
}

std::vector<oid> parse(const std::string& text) {
  std::vector<oid> out;
  size_t at = text.starts_with('.') ? 1 : 0;
  while (at < text.size()) {
    size_t end = std::min(text.find('.', at), text.size());
    out.push_back(std::strtoul(text.substr(at, end - at).c_str(), nullptr, 10));
    at = end + 1;
  }
  return out;
}

bool publish(Object object) {
  objects().push_back(std::move(object));
  Object& kept = objects().back();
  netsnmp_handler_registration* registration = netsnmp_create_handler_registration(
      "printrouter-device", answer, kept.name.data(), kept.name.size(), HANDLER_CAN_RONLY);
  registration->handler->myvoid = &kept;
  return netsnmp_register_read_only_instance(registration) == MIB_REGISTERED_OK;
}

void publish_number(const std::string& name, int type, std::function<long()> number) {
  publish({parse(name), type, std::move(number), nullptr});
}

void publish_text(const std::string& name, std::function<std::string()> text) {
  publish({parse(name), ASN_OCTET_STR, nullptr, std::move(text)});
}

std::function<long()> counter_reader(Device& device, const std::string& name) {
  auto has = [&](const char* word) { return name.find(word) != std::string::npos; };
  if (has("mono") || has("black")) return [&device] { return static_cast<long>(device.counters().mono); };
  if (has("color") || has("colour")) return [&device] { return static_cast<long>(device.counters().color); };
  if (has("jobs")) return [&device] { return static_cast<long>(device.counters().jobs); };
  if (has("sheets")) return [&device] { return static_cast<long>(device.counters().sheets); };
  return [&device] { return static_cast<long>(device.counters().life); };
}

void publish_all(Device& device) {
  const Options& options = device.options();
  std::string name = options.maker + " " + options.model;
  publish_text("1.3.6.1.2.1.1.1.0", [name] { return name; });               // sysDescr
  publish_text("1.3.6.1.2.1.1.5.0", [options] { return options.serial; });  // sysName
  publish_text("1.3.6.1.2.1.25.3.2.1.3.1", [name] { return name; });        // hrDeviceDescr
  publish_number("1.3.6.1.2.1.25.3.2.1.5.1", ASN_INTEGER,                   // hrDeviceStatus
                 [&device] { return device.paper_out() ? 5L : 2L; });
  publish_number("1.3.6.1.2.1.25.3.5.1.1.1", ASN_INTEGER,  // hrPrinterStatus
                 [&device] { return device.paper_out()    ? 1L
                                    : device.processing() ? 4L
                                                          : 3L; });
  publish_text("1.3.6.1.2.1.25.3.5.1.2.1",  // hrPrinterDetectedErrorState
               [&device] { return std::string(1, device.paper_out() ? '\x40' : '\0'); });
  publish_text("1.3.6.1.2.1.43.5.1.1.17.1", [options] { return options.serial; });  // prtGeneralSerialNumber
  publish_number("1.3.6.1.2.1.43.10.2.1.4.1.1", ASN_COUNTER,                        // prtMarkerLifeCount
                 counter_reader(device, "life"));
  // The maker's table: its rows begin anywhere, and have neighbours that nobody asks for.
  unsigned row = 7;
  const auto publish_row = [&row](const CounterOption& counter, std::function<long()> number) {
    const std::string index = "." + std::to_string(row++);
    publish_text(counter.labels + index, [label = counter.label] { return label; });
    publish_number(counter.oid + index, ASN_INTEGER, std::move(number));
  };
  for (const auto& counter : options.counters) {
    if (!counter.label.empty()) {
      if (row == 7)
        publish_row({"", counter.oid, counter.labels, "Counter:Copy:Total"}, [] { return 1234L; });
      publish_row(counter, counter_reader(device, counter.name));
      continue;
    }
    bool known = false;
    for (const auto& object : objects()) known = known || object.name == parse(counter.oid);
    if (!known) publish_number(counter.oid, ASN_COUNTER, counter_reader(device, counter.name));
  }
}

}  // namespace

bool SnmpAgent::start(const std::string& address, uint16_t port, std::string& error) {
  const char* app = "printrouter-device";
  snmp_disable_log();
  netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
  // No MIB files, no configuration of the machine's own agent, nothing left behind in its folders.
  setenv("MIBS", "", 1);
  std::string state =
      (device_.options().output_dir.empty() ? "/tmp" : device_.options().output_dir) + "/.snmp";
  setenv("SNMP_PERSISTENT_DIR", state.c_str(), 1);
  netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_DONT_LOG_TCPWRAPPERS_CONNECTS, 1);
  netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 0);
  netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
  netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
  netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
  netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_MIBDIRS, "");
  init_agent(app);
  init_vacm_conf();
  publish_all(device_);
  char line[512];
  std::snprintf(line, sizeof line, "rocommunity %s", device_.options().community.c_str());
  netsnmp_config(line);
  for (const std::string& user : device_.options().snmp_users) {
    netsnmp_config(("createUser " + user).data());
    const bool encrypted = std::ranges::count(user, ' ') == 4;
    netsnmp_config(("rouser " + user.substr(0, user.find(' ')) + (encrypted ? " priv" : " auth")).data());
  }
  init_snmp(app);
  std::string where = "udp:" + address + ":" + std::to_string(port);
  netsnmp_transport* transport = netsnmp_transport_open_server("snmp", where.c_str());
  if (transport == nullptr || netsnmp_register_agent_nsap(transport) == 0) {
    error = "SNMP: cannot open " + where;
    return false;
  }
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(transport->sock, reinterpret_cast<sockaddr*>(&storage), &size);
  port_ = ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
  thread_ = std::thread([this] { run(); });
  return true;
}

void SnmpAgent::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void SnmpAgent::run() {
  while (!stopping_) {
    int highest = 0, block = 0;
    fd_set descriptors;
    FD_ZERO(&descriptors);
    timeval timeout{0, 100000};
    snmp_select_info(&highest, &descriptors, &timeout, &block);
    timeout = {0, 100000};
    int ready = ::select(highest, &descriptors, nullptr, nullptr, &timeout);
    if (ready > 0)
      snmp_read(&descriptors);
    else
      snmp_timeout();
    run_alarms();
    netsnmp_check_outstanding_agent_requests();
  }
}

}  // namespace simulator
