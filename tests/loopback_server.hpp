// A web server for one test: answers what it is told, on the loopback interface.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace invigil::test {

/// A listening socket on the loopback interface, at a free port.
class LoopbackListener {
 public:
  LoopbackListener() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (socket_ < 0 || ::bind(socket_, raw, size) != 0 || ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, raw, &size) != 0)
      throw std::runtime_error("no loopback server");
    port_ = ntohs(address.sin_port);
  }
  ~LoopbackListener() { ::close(socket_); }
  LoopbackListener(const LoopbackListener&) = delete;
  LoopbackListener& operator=(const LoopbackListener&) = delete;

  /// The next client's socket; below 0 once it was stopped.
  [[nodiscard]] int accept() const { return ::accept(socket_, nullptr, nullptr); }
  void stop() const { ::shutdown(socket_, SHUT_RDWR); }
  /// "127.0.0.1:" and the port.
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_ = -1;
  std::uint16_t port_ = 0;
};

/// What to send: the whole answer, header included. The connection ends after it.
using Respond = std::function<std::string(const std::string& request)>;

class LoopbackServer {
 public:
  explicit LoopbackServer(Respond respond) : respond_(std::move(respond)), thread_([this] { serve(); }) {}
  ~LoopbackServer() {
    listener_.stop();
    thread_.join();
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://" + listener_.address() + path;
  }

 private:
  void serve() {
    for (;;) {
      const int client = listener_.accept();
      if (client < 0) return;
      answer(client);
      ::shutdown(client, SHUT_WR);
      ::close(client);
    }
  }
  void answer(int client) {
    std::string request(8192, '\0');
    std::size_t have = 0;
    while (have < request.size() && request.substr(0, have).find("\r\n\r\n") == std::string::npos) {
      const auto n = ::recv(client, request.data() + have, request.size() - have, 0);
      if (n <= 0) return;
      have += static_cast<std::size_t>(n);
    }
    take_body(client, request.substr(0, have));
    const std::string out = respond_(request.substr(0, have));
    for (std::size_t sent = 0; sent < out.size();) {
      const auto n = ::send(client, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<std::size_t>(n);
    }
  }

  /// What a client sends behind its header: closed unread, the connection would be reset.
  static void take_body(int client, const std::string& request) {
    const std::string field = "Content-Length: ";
    const auto at = request.find(field);
    if (at == std::string::npos) return;
    std::size_t have = request.size() - request.find("\r\n\r\n") - 4;
    const auto all = std::stoul(request.substr(at + field.size()));
    for (std::string bytes(65536, '\0'); have < all;) {
      const auto n = ::recv(client, bytes.data(), bytes.size(), 0);
      if (n <= 0) return;
      have += static_cast<std::size_t>(n);
    }
  }

  Respond respond_;
  LoopbackListener listener_;
  std::jthread thread_;
};

}  // namespace invigil::test
