// examples/ctrl_c.hpp - Ctrl-C tells an endpoint to quit
#pragma once

#include <tincan/endpoint.hpp>

#include <atomic>
#include <csignal>

namespace example {

/// While it lives, Ctrl-C makes run(), or a loop that looks at stopToken(), end. There may be one at a time.
/// Declare it behind the bus and before the threads: then those have ended before it does, and a signal that
/// one of them is handling has been handled, too.
class CtrlC {
 public:
  explicit CtrlC(tincan::Endpoint& endpoint) {
    told() = &endpoint;
    before_ = std::signal(SIGINT, tell);
  }
  CtrlC(CtrlC const&) = delete;
  CtrlC& operator=(CtrlC const&) = delete;
  ~CtrlC() {
    std::signal(SIGINT, before_);
    told() = nullptr;
  }

 private:
  static std::atomic<tincan::Endpoint*>& told() {
    static constinit std::atomic<tincan::Endpoint*> endpoint{nullptr};
    return endpoint;
  }
  static void tell(int) {
    if (tincan::Endpoint* const endpoint = told()) endpoint->quit();  // may be called by a signal
  }

  void (*before_)(int) = SIG_DFL;
};

}  // namespace example
