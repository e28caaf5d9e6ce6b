// SPDX-License-Identifier: Apache-2.0
// printrouter-device: opens the ports, says so in one line of JSON, and runs until SIGTERM.
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <thread>

#include "control_api.hpp"
#include "device_options.hpp"
#include "port_server.hpp"
#include "snmp_agent.hpp"

namespace {

using namespace simulator;
using nlohmann::json;

int fail(const std::string& text) {
  std::cerr << "printrouter-device: " << text << "\n";
  return 1;
}

// A connect to the wake port wakes the device, wake_ms later.
void serve_wake(Device& device, Stream&) {
  device.wait([] { return false; }, device.options().wake_ms);
  if (!device.stopping()) device.set_asleep(false);
}

std::vector<std::unique_ptr<PortServer>> make_ports(Device& device, const std::shared_ptr<ssl_ctx_st>& tls) {
  std::vector<std::unique_ptr<PortServer>> ports;
  for (const auto& option : device.options().ports) {
    auto port = std::make_unique<PortServer>(device, option, Service(),
                                             option.protocol == "ipps" ? tls : nullptr, true);
    PortServer* self = port.get();
    if (option.protocol == "raw")
      port->set_service([&device, self](Stream& stream) { serve_raw(device, self->identity(), stream); });
    else if (option.protocol == "lpr")
      port->set_service([&device, self](Stream& stream) {
        serve_lpr(device, self->identity(), self->option().queue, stream);
      });
    else
      port->set_service([&device, self](Stream& stream) {
        serve_ipp(device, self->identity(), self->option().queue, self->uri(), stream);
      });
    ports.push_back(std::move(port));
  }
  return ports;
}

void wait_for_end(const Options& options) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  timespec limit{options.max_seconds, 0};
  for (;;) {
    int got = options.max_seconds > 0 ? sigtimedwait(&set, nullptr, &limit) : sigwaitinfo(&set, nullptr);
    if (got > 0) return;
    if (got < 0 && errno == EAGAIN) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (int code = parse_arguments(argc, argv, options); code >= 0) return code;
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGINT);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  if (options.exit_with_parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == 1) return 0;
  }
  if (!options.output_dir.empty()) ::mkdir(options.output_dir.c_str(), 0755);
  std::string error;
  std::shared_ptr<ssl_ctx_st> tls;
  for (const auto& port : options.ports) {
    if (port.protocol != "ipps" || tls) continue;
    std::string exported = options.output_dir.empty() ? "" : options.output_dir + "/certificate.pem";
    tls = server_tls_context(options.certificate, options.key, options.address, exported, error);
    if (!tls) return fail(error);
  }
  Device device(options);
  if (!options.truth_file.empty()) {
    std::ifstream file(options.truth_file);
    error = device.truth().add(json::parse(file, nullptr, false));
    if (!error.empty()) return fail(options.truth_file + ": " + error);
  }
  auto ports = make_ports(device, tls);
  ControlContext context;
  context.device = &device;
  context.describe_ports = [&] {
    json out = json::array();
    for (const auto& port : ports) out.push_back(port->describe());
    return out;
  };
  context.settle = [&] {
    uint64_t generation = device.generation();
    for (const auto& port : ports)
      while (!device.stopping() && !port->settled(generation))
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  PortOption control_option{"http", options.control_port, "control", "control", ""};
  PortServer control(
      device, control_option, [&](Stream& stream) { serve_control(context, stream); }, nullptr, false);
  PortOption wake_option{"wake", options.wake_port, "wake", "wake", ""};
  PortServer wake(
      device, wake_option, [&](Stream& stream) { serve_wake(device, stream); }, nullptr, false);
  for (const auto& port : ports)
    if (!port->start(options.address, error)) return fail(error);
  if (!wake.start(options.address, error)) return fail(error);
  SnmpAgent snmp(device);
  if (options.snmp && !snmp.start(options.address, options.snmp_port, error)) return fail(error);
  context.ready = {{"ready", true},
                   {"pid", getpid()},
                   {"maker", options.maker},
                   {"model", options.model},
                   {"mode", options.server ? "server" : "device"},
                   {"output_dir", options.output_dir},
                   {"job_log", options.job_log},
                   {"ports", context.describe_ports()},
                   {"wake", {{"method", "connect"}, {"port", wake.number()}, {"wait_ms", options.wake_ms}}}};
  if (options.snmp)
    context.ready["snmp"] = {
        {"address", options.address}, {"port", snmp.port()}, {"community", options.community}};
  if (tls) context.ready["certificate"] = options.output_dir + "/certificate.pem";
  if (!control.start("127.0.0.1", error)) return fail(error);
  context.ready["control"] = {{"address", "127.0.0.1"}, {"port", control.number()}, {"url", control.uri()}};
  std::string line = context.ready.dump() + "\n";
  if (!options.ready_file.empty()) {
    std::ofstream(options.ready_file + ".new") << line;
    std::rename((options.ready_file + ".new").c_str(), options.ready_file.c_str());
  }
  std::cout << line << std::flush;
  wait_for_end(options);
  device.stop();
  snmp.stop();
  return 0;
}
