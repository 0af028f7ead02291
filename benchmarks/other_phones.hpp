// benchmarks/other_phones.hpp - questions without the bus, or without a second thread
#pragma once

#include <cstdint>
#include <cstring>
#include <tincan/tincan.hpp>

#include "basics.hpp"
#include "duo.hpp"
#include "limits.hpp"
#include "strict_bus.hpp"

namespace bench {

/// By hand, without the library.
class HandRolledPhone {
 public:
  double traffic(Duo& duo, std::uint64_t times) {
    double ns = 0;
    auto const call = [&] {
      auto const begin = nowNs();
      for (std::uint64_t i = 0; i < times; ++i) ask();
      ns = nowNs() - begin;
      queue_.post([this] { queue_.quit(); });
    };
    duo.run(call, [&] { queue_.serve(); });
    return ns;
  }

  void check() const { require(heard_ == asked_, "hand-rolled: a question got lost"); }

 private:
  void ask() {
    auto const answer = queue_.call([this, x = asked_] {
      ++heard_;
      return x + 1;
    });
    require(answer == asked_ + 1, "hand-rolled: a question got the wrong answer");
    ++asked_;
  }

  HandRolled queue_;
  alignas(apart) std::uint64_t asked_ = 0;
  alignas(apart) std::uint64_t heard_ = 0;
};

/// What a question costs without the bus: a cell of a lane there, an answer's slot back. Two slots
/// by turns, each reset while the other one is out, as AnswerPool does it.
class BareLane {
 public:
  double traffic(Duo& duo, std::uint64_t times) {
    return duo.run([&] { call(times); }, [this, times] { serve(times); }).a;
  }

  void check() const { require(heard_ == asked_, "bare lane: a question got lost"); }

 private:
  using AnswerSlot = tincan::detail::AnswerSlot;

  void call(std::uint64_t times) {
    for (std::uint64_t end = asked_ + times; asked_ != end; ++asked_) {
      AnswerSlot& slot = slots_[asked_ % 2];
      auto& cell = lane_.open();
      std::memcpy(cell.storage, &asked_, sizeof asked_);
      cell.setSlot(&slot);
      lane_.publish(cell, tincan::detail::makeWord(asked_ + 1, tincan::detail::Kind::Request));
      AnswerSlot& other = slots_[(asked_ + 1) % 2];
      other.box.clear();
      other.state.reset();
      spinUntil([&] { return slot.state.ready(); });
      require(*slot.box.as<std::uint64_t>() == asked_ + 1, "bare lane: the wrong answer");
    }
  }

  void serve(std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i, ++heard_) {
      tincan::detail::MessageCell* cell = nullptr;
      spinUntil([&] { return (cell = lane_.front()) != nullptr; });
      lane_.pop();
      std::uint64_t question = 0;
      std::memcpy(&question, cell->storage, sizeof question);
      require(question == heard_, "bare lane: a question came out of order");
      AnswerSlot& slot = *cell->slot();
      slot.box.emplace<std::uint64_t>(question + 1);
      static_cast<void>(slot.state.publish());  // A never leaves
      lane_.unpin();
    }
  }

  tincan::detail::MessageQueue lane_;
  AnswerSlot slots_[2];
  alignas(apart) std::uint64_t asked_ = 0;
  alignas(apart) std::uint64_t heard_ = 0;
};

/// What a question costs without another core: all of its instructions, one after the other.
class OneThreadPhone {
 public:
  OneThreadPhone() : caller_(bus_->attach("caller")) {
    bus_->main().on("plus-one",
                    [](tincan::Event& event, std::uint64_t x) { event.returnValue = x + 1; });
  }

  double traffic(Duo& duo, std::uint64_t times) {
    auto const talk = [&] {
      for (std::uint64_t end = asked_ + times; asked_ != end; ++asked_) {
        auto answer = caller_.request<std::uint64_t>("plus-one", asked_);
        bus_->main().poll();
        require(answer.get() == asked_ + 1, "one thread: a question got the wrong answer");
      }
    };
    return duo.run(talk, [] {}).a;
  }

  void check() { bus_.requireCount(asked_); }

 private:
  StrictBus bus_;
  tincan::Renderer caller_;
  std::uint64_t asked_ = 0;
};

}  // namespace bench
