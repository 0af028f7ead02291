// tests/model/sections.cpp - one thread at a time has a mutex, and none while another one forks
#include <tincan/detail/base/fork_gate.hpp>
#include <tincan/detail/base/light_mutex.hpp>

#include "explore.hpp"

namespace {

using namespace model;
using Platform = model::Platform<false>;
using Gate = tincan::detail::ForkGateOf<Platform>;
using Light = tincan::detail::LightMutex<Platform>;

/// Each of the threads has the mutex twice, and changes what it guards.
struct Exclusive : Scenario<Exclusive, 3, Platform> {
  Light mutex;
  Plain<int> guarded{0};

  void before() { Platform::withoutEarlyWakes(); }
  void thread(unsigned) {
    for (int i = 0; i < 2; ++i) {
      mutex.lock();
      guarded = guarded + 1;
      mutex.unlock();
    }
  }
  void after() { MODEL_REQUIRE(guarded == 6); }
};

/// The one who finds it free ends it, as soon as it has it.
struct Ends : Scenario<Ends, 2, Platform> {
  std::unique_ptr<Light> mutex = std::make_unique<Light>();
  Plain<bool> isOver{false};

  void before() {
    Platform::withoutEarlyWakes();
    mutex->lock();
  }
  void thread(unsigned index) {
    if (index == 0) {
      isOver = true;
      return mutex->unlock();
    }
    mutex->lock();
    MODEL_REQUIRE(isOver);
    mutex->unlock();
    mutex.reset();
  }
};

template <class Derived, int Threads>
struct Forking : Scenario<Derived, Threads, Platform> {
  Gate gate;
  Light mutex;
  Gate::Sections own[Threads];
  Plain<int> first{0}, second{0};  // equal, but in the midst of a section

  void before() {
    Platform::withoutEarlyWakes();
    for (std::size_t i = 0; i < Threads; ++i) gate.begin(own[i], i % 2);
  }
  void change(unsigned index) {
    Gate::enter(own[index]);
    mutex.lock();
    first = first + 1;
    second = second + 1;
    mutex.unlock();
    Gate::leave(own[index]);
  }
  void fork(unsigned index) {
    gate.close(own[index]);
    MODEL_REQUIRE(first == second);
    change(index);
    gate.open(own[index]);
  }
};

/// One thread forks while two others are about to enter a section or in it.
struct OneForks : Forking<OneForks, 3> {
  void thread(unsigned index) { index == 0 ? fork(index) : change(index); }
  void after() { MODEL_REQUIRE(first == 3 && second == 3); }
};

/// One of them is in a section inside of another one: it must not wait for the fork.
struct Nested : Forking<Nested, 2> {
  void thread(unsigned index) {
    if (index == 0) return fork(index);
    Gate::enter(own[index]);
    change(index);
    Gate::leave(own[index]);
    change(index);
  }
  void after() { MODEL_REQUIRE(first == 3 && second == 3); }
};

/// A thread that forks twice, beside one that is there each time.
struct ForksTwice : Forking<ForksTwice, 2> {
  void thread(unsigned index) {
    for (int i = 0; i < 2; ++i) index == 0 ? fork(index) : change(index);
  }
  void after() { MODEL_REQUIRE(first == 4 && second == 4); }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Exclusive>("sections: a mutex of three", 3);
  explorer.run<Ends>("sections: a mutex that ends", 3);
  explorer.run<OneForks>("sections: one forks", 3);
  explorer.run<Nested>("sections: one forks, one is nested", 3);
  explorer.run<ForksTwice>("sections: one forks twice", 3);
  return explorer.result();
}
