// benchmarks/peers/asio.hpp - asio::post to an io_context that B polls
//
// Concurrency hint 1: one thread runs the context. With a slot for the answer, or with a future, as
// asio's documentation has it.
#pragma once

#include <fmt/format.h>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/use_future.hpp>
#include <asio/version.hpp>
#include <string>
#include <utility>

#include "desk.hpp"

namespace bench {

class Asio {
 public:
  static constexpr auto key = "asio";
  static std::string title() {
    return fmt::format("asio {}.{}.{} post", ASIO_VERSION / 100000, ASIO_VERSION / 100 % 1000,
                       ASIO_VERSION % 100);
  }

  template <class F>
  void post(F f) {
    asio::post(context_, std::move(f));
  }

  void poll() { context_.poll(); }

 protected:
  asio::io_context context_{1};

 private:
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
};

class AsioFuture : public Asio {
 public:
  static constexpr auto key = "asio-future";
  static std::string title() { return Asio::title() + ", use_future"; }

  template <class F>
  auto call(F f) {
    return asio::post(context_, asio::use_future(std::move(f))).get();
  }
};

}  // namespace bench
