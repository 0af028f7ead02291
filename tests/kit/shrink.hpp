// tests/kit/shrink.hpp - a smaller program that still differs
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

#include "program.hpp"

namespace kit {

/// Takes away of a program what it can do without, one thing after the other.
class Shrinking {
 public:
  using Clock = std::chrono::steady_clock;

  /// `differs`: what must stay true of it. No more is taken away after `most`.
  Shrinking(Program program, std::function<bool(Program const&)> differs, Clock::duration most)
      : program_(std::move(program)), differs_(std::move(differs)), end_(Clock::now() + most) {}

  Program run() {
    do {
      isSmaller_ = false;
      while (without([](Program& program) { return dropLast(program); })) {
      }
      dropActions();
      for (std::size_t a = 0; a < program_.actors.size(); ++a) simplify(a);
      without([](Program& program) { return std::exchange(program.crashes, 0) != 0; });
      without([](Program& program) { return std::exchange(program.timeouts, 0) != 0; });
    } while (isSmaller_);
    return program_;
  }

 private:
  /// Keeps what the change makes of it, if that still differs. The change returns false if there is nothing
  /// to change.
  template <class Change>
  bool without(Change change) {
    if (Clock::now() > end_) return false;
    Program smaller = program_;
    if (!change(smaller) || !differs_(smaller)) return false;
    program_ = std::move(smaller);
    return isSmaller_ = true;
  }

  /// Takes away the last endpoint, and what is aimed at it.
  static bool dropLast(Program& program) {
    if (program.actors.size() < 2) return false;
    program.actors.pop_back();
    std::size_t const count = program.actors.size();
    forEachActions(program, [&](Actions& actions) {
      std::erase_if(actions, [&](Action const& action) { return action.to >= count; });
    });
    return true;
  }

  void dropActions() {
    for (std::size_t at = 0;;) {
      bool isThere = false;
      bool const isDropped = without([&](Program& program) {
        std::size_t left = at;
        forEachActions(program, [&](Actions& actions) {
          if (!isThere && left < actions.size()) {
            isThere = true;
            actions.erase(actions.begin() + static_cast<std::ptrdiff_t>(left));
          }
          left -= isThere ? 0 : actions.size();
        });
        return isThere;
      });
      if (!isThere) return;
      if (!isDropped) ++at;
    }
  }

  void simplify(std::size_t a) {
    without(
        [a](Program& program) { return std::exchange(program.actors[a].inbox, {}).capacity != 0; });
    for (unsigned c = 0; c < Channels; ++c) {
      without([a, c](Program& program) {
        auto& answering = program.actors[a].on[c].answering;
        return std::exchange(answering, Answering::Nothing) != Answering::Nothing;
      });
      without([a, c](Program& program) {
        return std::exchange(program.actors[a].on[c].startsPorts, false);
      });
    }
  }

  Program program_;
  std::function<bool(Program const&)> const differs_;
  Clock::time_point const end_;
  bool isSmaller_ = false;
};

}  // namespace kit
