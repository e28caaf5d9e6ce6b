// SPDX-License-Identifier: Apache-2.0
#include "delivery/device_exchange.hpp"

#include <algorithm>

#include "delivery/server_exchange.hpp"
#include "env/machine.hpp"

namespace printrouter {

bool discards_truncated(const Device& device) {
  const Attribute* truncated = find(device.settings, "truncated");
  if (!truncated) truncated = find(device.facts, "truncated");
  return truncated && truncated->text == "discards";
}

DeliveryInput device_input(const DeviceLink& link, DeliveryOperation operation, const Job& job,
                           const Target& target, const Device* device) {
  DeliveryInput in;
  in.operation = operation;
  in.protocol = link.plugins.protocol(target.port.protocol);
  in.find_protocol = [plugins = &link.plugins](std::string_view name) { return plugins->protocol(name); };
  in.send.host = target.address;
  in.send.port = target.port.port;
  in.send.tls = target.port.tls;
  in.send.queue = target.port.queue;
  in.send.user = job.owner.user.empty() ? "anonymous" : job.owner.user;
  in.send.title = job.title;
  in.send.job_uuid = job.uuid.to_string();
  in.send.document_format = job.document.format.empty() ? job.declared_format : job.document.format;
  in.send.truncated_discards = target.truncated_discards;
  in.send.close_timeout = link.timeouts.close_timeout;
  in.send.local_host = env::host_name();
  // A device that is documented to answer ECHO says when it has read the document to its end (and why not).
  // The question needs PJL around the document.
  if (device && target.port.protocol == "raw")
    in.send.back_channel = flag_of(device->facts, "pjl-echo").value_or(false) &&
                           flag_of(device->facts, "pjl-wrap").value_or(false);
  in.answer_timeout = link.timeouts.answer_timeout;
  in.progress_timeout = link.timeouts.progress_timeout;
  in.trust = trust_of(link.trust);
  in.watch = link.watch;
  in.report = [plugins = &link.plugins](const PluginIdentity& plugin, std::string_view finding,
                                        std::string_view text) { plugins->report(plugin, finding, text); };
  return in;
}

Attributes reaching_paper(const Attributes& ticket, const PortChoice& choice) {
  Attributes out;
  for (const Attribute& a : ticket) {
    const auto carry = std::ranges::find(choice.ticket, a.name, &TicketCarry::attribute);
    if (carry == choice.ticket.end() || carry->how != Carry::lost) out.push_back(a);
  }
  return out;
}

Attributes carried_by_protocol(const Attributes& ticket, const PortChoice& choice) {
  Attributes out;
  for (const Attribute& a : ticket) {
    const auto carry = std::ranges::find(choice.ticket, a.name, &TicketCarry::attribute);
    const bool natural = carry == choice.ticket.end() && choice.port.protocol == "ipp";
    if (natural || (carry != choice.ticket.end() && (carry->how == Carry::ipp || carry->how == Carry::lpr)))
      out.push_back(a);
  }
  return out;
}

bool DeviceWaker::wake(const std::string& device, const std::string& address, const PortChoice& choice,
                       Timestamp now, std::function<void()> awake) {
  if (const auto it = woken_.find(device); it != woken_.end() && now - it->second < std::chrono::minutes(1))
    return true;
  const auto call = under_way_[device] = std::make_shared<Call>(io_);
  call->dialer.connect(address, choice.wake_port, [](const net::IoStatus&, net::StreamPtr) {});
  call->timer.start(choice.wake_wait,
                    [this, device, up = now.ms + choice.wake_wait.count(), awake = std::move(awake)] {
                      woken_[device] = Timestamp{up};
                      io_.post([over = std::move(under_way_[device])] {});  // ends after its own call
                      under_way_.erase(device);
                      awake();
                    });
  return false;
}

}  // namespace printrouter
