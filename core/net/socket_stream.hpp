// SPDX-License-Identifier: Apache-2.0
#pragma once
/// TCP and Unix sockets; for the .cpp files of net/ alone.
#include "net/io_detail.hpp"

namespace printrouter::net {

class SocketStream final : public Stream {
 public:
  SocketStream(IoContext& io, int fd, PeerAddress peer);
  SocketStream(std::shared_ptr<Descriptor> descriptor, PeerAddress peer);
  ~SocketStream() override;
  Transfer try_read(std::span<char> into) override;
  Transfer try_write(std::span<const std::string_view> parts) override;
  Transfer try_send_file(int file, std::uint64_t offset, std::uint64_t length) override;
  Transfer try_shutdown_write() override;
  bool broken() override;
  const IoStatus& last_error() const override { return error_; }
  void wait_readable(Callback ready) override { descriptor_->wait(true, std::move(ready)); }
  void wait_writable(Callback ready) override { descriptor_->wait(false, std::move(ready)); }
  void cancel_waits() override { descriptor_->cancel_waits(); }
  std::optional<std::size_t> unacknowledged() const override;
  void close() override;
  void abort() override;
  bool is_open() const override { return descriptor_->is_open(); }
  bool is_tls() const override { return false; }
  const PeerAddress& peer() const override { return peer_; }
  int descriptor() const override { return descriptor_->fd(); }
  IoContext& io() const { return descriptor_->io(); }

 private:
  Transfer failed(int error, const char* what);
  std::shared_ptr<Descriptor> descriptor_;
  PeerAddress peer_;
  IoStatus error_ = {};
  bool reset_ = false;  ///< somebody has taken the error from the kernel
};

}  // namespace printrouter::net
