// benchmarks/peers/zeromq.hpp - ZeroMQ: a pair of inproc sockets
//
// Named as its guide does it, the name in a frame of its own, looked up in a map where it arrives;
// or bare, one frame, told apart by its size. No I/O threads, which inproc does not need, and no
// high-water mark, which the bound on A's lead replaces. Both sides poll with dontwait: sleeping
// would cost each question two wake-ups. REQ and REP do the same with more frames.
#pragma once

#include <fmt/format.h>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <zmq.hpp>

#include "desk.hpp"

namespace bench {

/// Both ends of a pair.
class ZeroMqSockets {
 public:
  ZeroMqSockets() {
    for (auto* socket : {&a_, &b_}) {
      socket->set(zmq::sockopt::sndhwm, 0);
      socket->set(zmq::sockopt::rcvhwm, 0);
      socket->set(zmq::sockopt::linger, 0);
    }
    b_.bind("inproc://peer");
    a_.connect("inproc://peer");
  }

  zmq::socket_t& a() { return a_; }
  zmq::socket_t& b() { return b_; }

  static bool receive(zmq::socket_t& socket, zmq::message_t& frame) {
    return socket.recv(frame, zmq::recv_flags::dontwait).has_value();
  }

  template <class T>
  static void send(zmq::socket_t& socket, T const& value,
                   zmq::send_flags flags = zmq::send_flags::none) {
    socket.send(zmq::buffer(&value, sizeof value), flags);
  }

 private:
  zmq::context_t context_{0};
  zmq::socket_t a_{context_, zmq::socket_type::pair};
  zmq::socket_t b_{context_, zmq::socket_type::pair};
};

enum class Frames { Bare, Named };

template <Frames frames>
class ZeroMq {
  static constexpr bool named = frames == Frames::Named;
  using Handler = std::function<void(zmq::message_t const&)>;

 public:
  static constexpr auto key = named ? "zeromq" : "zeromq-bare";
  static std::string title() {
    return fmt::format("ZeroMQ {}.{}.{} inproc, {}", ZMQ_VERSION_MAJOR, ZMQ_VERSION_MINOR,
                       ZMQ_VERSION_PATCH, named ? "named" : "bare frames");
  }

  explicit ZeroMq(Desk& desk) {
    handlers_["reading"] = [&desk](zmq::message_t const& frame) {
      desk.take(*frame.data<Reading>());
    };
    handlers_["question"] = [this, &desk](zmq::message_t const& frame) {
      sockets_.send(sockets_.b(), desk.answer(*frame.data<std::uint64_t>()));
    };
  }

  void send(Reading const& reading) {
    if constexpr (named) sockets_.a().send(zmq::str_buffer("reading"), zmq::send_flags::sndmore);
    sockets_.send(sockets_.a(), reading);
  }

  std::uint64_t ask(std::uint64_t question) {
    if constexpr (named) sockets_.a().send(zmq::str_buffer("question"), zmq::send_flags::sndmore);
    sockets_.send(sockets_.a(), question);
    spinUntil([&] { return sockets_.receive(sockets_.a(), answer_); });
    return *answer_.data<std::uint64_t>();
  }

  void poll() {
    while (sockets_.receive(sockets_.b(), first_)) {
      if constexpr (named) {
        require(sockets_.receive(sockets_.b(), second_), "ZeroMQ: a name without arguments");
        handlers_.find(first_.to_string())->second(second_);
      } else {
        (first_.size() == sizeof(Reading) ? reading_ : question_)(first_);
      }
    }
  }

 private:
  ZeroMqSockets sockets_;
  std::unordered_map<std::string, Handler> handlers_;
  Handler& reading_ = handlers_["reading"];
  Handler& question_ = handlers_["question"];
  zmq::message_t first_, second_;         // B's
  alignas(apart) zmq::message_t answer_;  // A's
};

}  // namespace bench
