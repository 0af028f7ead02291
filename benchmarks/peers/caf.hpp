// benchmarks/peers/caf.hpp - CAF: an actor of A's and one of B's, each on its thread
//
// Scoped actors, which run on the threads that are there already and so on the pinned cores; names
// are atoms, as CAF has them. The scheduler, which scoped actors do not need, sleeps meanwhile.
// Questions go by request() and receive().
#pragma once

#include <fmt/format.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/blocking_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <cstdint>
#include <string>

#include "desk.hpp"

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::Reading)

namespace bench {

class Caf {
 public:
  static constexpr auto key = "caf";
  static std::string title() {
    return fmt::format("CAF {}.{}.{} actors", CAF_MAJOR_VERSION, CAF_MINOR_VERSION,
                       CAF_PATCH_VERSION);
  }

  explicit Caf(Desk& desk) : desk_(desk) {}

  void send(Reading const& reading) { a_->send(address_, ReadingAtom::value, reading); }

  std::uint64_t ask(std::uint64_t question) {
    std::uint64_t answer = 0;
    a_->request(address_, caf::infinite, QuestionAtom::value, question)
        .receive([&](std::uint64_t value) { answer = value; },
                 [](caf::error const&) { fail("CAF: an error instead of an answer"); });
    return answer;
  }

  template <class Done>
  void serve(Done done) {
    b_->receive_while([&] { return !done(); })(
        [this](ReadingAtom, Reading const& reading) { desk_.take(reading); },
        [this](QuestionAtom, std::uint64_t question) { return desk_.answer(question); });
  }

 private:
  using ReadingAtom = caf::atom_constant<caf::atom("reading")>;
  using QuestionAtom = caf::atom_constant<caf::atom("question")>;

  struct Config : caf::actor_system_config {
    Config() {
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", 1);
    }
  };

  Desk& desk_;
  Config config_;
  caf::actor_system system_{config_};
  caf::scoped_actor a_{system_};
  caf::scoped_actor b_{system_};
  caf::actor address_ = caf::actor_cast<caf::actor>(b_);
};

}  // namespace bench
