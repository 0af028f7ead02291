// benchmarks/peers/boost_lockfree.hpp - boost::lockfree::queue carrying callables
//
// It takes only elements that can be copied byte by byte, hence pointers to callables; of a fixed
// size, so that it allocates nothing itself; taken out with consume_all. It holds 2048, more than A
// is ever ahead.
#pragma once

#include <fmt/format.h>
#include <boost/lockfree/queue.hpp>
#include <boost/version.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "desk.hpp"

namespace bench {

class BoostLockfree {
 public:
  static constexpr auto key = "boost-lockfree";
  static std::string title() {
    return fmt::format("boost::lockfree::queue {}.{}", BOOST_VERSION / 100000,
                       BOOST_VERSION / 100 % 1000);
  }

  template <class F>
  void post(F f) {
    auto job = std::make_unique<Job>(std::move(f));
    require(queue_.bounded_push(job.get()), "boost::lockfree::queue is full");
    static_cast<void>(job.release());
  }

  void poll() {
    queue_.consume_all([](Job* taken) {
      std::unique_ptr<Job> const job(taken);
      (*job)();
    });
  }

 private:
  using Job = std::function<void()>;
  boost::lockfree::queue<Job*, boost::lockfree::capacity<2048>> queue_;
};

}  // namespace bench
